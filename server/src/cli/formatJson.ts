/**
 * The machine-readable report, version 1: lines and columns 1-based, columns in UTF-16 units, edits as offsets into the file's text. In
 * a notebook `cell` is the cell's number, 1-based over cells of every kind; lines count in that cell, and so do an edit's offsets: into
 * the cell's source with its lines joined. `limited` lists files of which not all was looked at, with the bounds that were hit.
 */
import type { Report } from './report.ts';

export const formatJson = ({ findings, files, networks, skipped, limited }: Report): string => {
  const listed = findings.map(({ finding, file, place: { cell, start, end, lines }, fixes }) => {
    const from = lines.positionAt(start);
    const to = lines.positionAt(end);
    return {
      rule: finding.rule,
      severity: finding.severity,
      file,
      ...(cell === null ? {} : { cell }),
      line: from.line + 1,
      column: from.character + 1,
      endLine: to.line + 1,
      endColumn: to.character + 1,
      message: finding.message,
      network: finding.network,
      fixes: fixes().map(({ title, safe, edits }) => ({ title, safe, edits })),
    };
  });
  const summary = { files, networks, findings: findings.length, skipped: skipped.length };
  const parts = limited.map(({ path, messages }) => ({ file: path, messages }));
  return `${JSON.stringify({ version: 1, findings: listed, ...(parts.length > 0 ? { limited: parts } : {}), summary }, null, 2)}\n`;
};
