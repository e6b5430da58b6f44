/** One line a finding: `path:line:column: severity[rule] message`. */
import type { Report } from './report.ts';

export const formatConcise = ({ findings }: Report): string =>
  findings
    .map(({ finding, file, start, lines }) => {
      const { line, character } = lines.positionAt(start);
      return `${file}:${line + 1}:${character + 1}: ${finding.severity}[${finding.rule}] ${finding.message}\n`;
    })
    .join('');
