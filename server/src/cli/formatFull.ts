/** For people at a terminal: a code frame with ^^^ for each finding, what it is about, the fix, and a line of summary. */
import type { Severity } from '../rules/rule.ts';
import { rulePage } from '../workspace/ruleLinks.ts';
import { SEVERITIES } from '../workspace/severity.ts';
import { addressOf, count, type Report, type ReportedFinding } from './report.ts';

type Paint = (text: string) => string;

export interface Palette {
  readonly severity: Readonly<Record<Severity, Paint>>;
  readonly bold: Paint;
  readonly dim: Paint;
}

const ansi =
  (open: string): Paint =>
  (text) =>
    `\u001b[${open}m${text}\u001b[0m`;
const plain: Paint = (text) => text;

export const palette = (color: boolean): Palette =>
  color
    ? {
        severity: { error: ansi('1;31'), warning: ansi('1;33'), information: ansi('1;36'), hint: ansi('1;34') },
        bold: ansi('1'),
        dim: ansi('2'),
      }
    : { severity: { error: plain, warning: plain, information: plain, hint: plain }, bold: plain, dim: plain };

/** Longer lines are cut around the finding. */
const MAX_WIDTH = 140;
const TAB = 4;

/** Source text cannot be trusted with a terminal: control characters are shown as themselves, tabs as spaces. */
const printable = (text: string): string =>
  text.replaceAll('\t', ' '.repeat(TAB)).replace(/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');

/** Columns that a text takes: wide characters of East Asia take two, combining ones none. */
const width = (text: string): number => {
  let columns = 0;
  for (const char of text) {
    if (/\p{Mark}/u.test(char)) continue;
    columns += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]/u.test(
      char,
    )
      ? 2
      : 1;
  }
  return columns;
};

const frame = ({ finding, place: { start, end, lines } }: ReportedFinding, colors: Palette): string[] => {
  const from = lines.positionAt(start);
  const to = lines.positionAt(end);
  const text = lines.lineText(from.line);
  const last = to.line === from.line ? to.character : text.trimEnd().length;
  const cut = from.character > MAX_WIDTH - 40 ? from.character - 40 : 0;
  const before = printable(text.slice(cut, from.character));
  const marked = printable(text.slice(from.character, last));
  const shown = `${cut > 0 ? '…' : ''}${printable(text.slice(cut, cut + MAX_WIDTH))}${text.length > cut + MAX_WIDTH ? '…' : ''}`;
  const number = String(from.line + 1);
  const margin = ' '.repeat(number.length);
  const carets = '^'.repeat(Math.max(1, Math.min(width(marked), MAX_WIDTH)));
  const indent = ' '.repeat(width(before) + (cut > 0 ? 1 : 0));
  return [
    `${margin} ${colors.dim('|')}`,
    `${colors.dim(`${number} |`)} ${shown}`,
    `${margin} ${colors.dim('|')} ${indent}${colors.severity[finding.severity](carets)}`,
  ];
};

const one = (reported: ReportedFinding, colors: Palette): string => {
  const { finding, file, place, related } = reported;
  const { line } = place.lines.positionAt(place.start);
  const margin = ' '.repeat(String(line + 1).length);
  const fix = reported.fixes()[0];
  return [
    `${colors.severity[finding.severity](finding.severity)}${colors.bold(`[${finding.rule}]`)} ${finding.message}`,
    `${margin}${colors.dim('-->')} ${addressOf(file, place)}`,
    ...frame(reported, colors),
    ...related.map((note) => `${margin} ${colors.dim('=')} ${note.at}: ${note.message}`),
    ...(fix ? [`${margin} ${colors.dim('=')} fix: ${fix.title}`] : []),
    `${margin} ${colors.dim('=')} ${colors.dim(rulePage(finding.rule))}`,
    '',
    '',
  ].join('\n');
};

const counted = (n: number, severity: Severity): string => (severity === 'information' ? `${n} informational` : count(n, severity));

/** 'Found 3 warnings in 12 networks (8 files)'. */
export const summary = ({ findings, networks, files, skipped, limited }: Report): string => {
  const parts = SEVERITIES.flatMap((severity) => {
    const n = findings.filter(({ finding }) => finding.severity === severity).length;
    return n > 0 ? [counted(n, severity)] : [];
  });
  const found =
    parts.length === 0 ? 'no findings' : parts.length === 1 ? parts[0]! : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)!}`;
  const aside = `${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}${limited.length > 0 ? `, ${limited.length} in part` : ''}`;
  return `Found ${found} in ${count(networks, 'network')} (${count(files, 'file')}${aside})`;
};

export const formatFull = (report: Report, color: boolean): string => {
  const colors = palette(color);
  return `${report.findings.map((finding) => one(finding, colors)).join('')}${summary(report)}\n`;
};
