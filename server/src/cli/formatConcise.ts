/** One line a finding: `path:line:column: severity[rule] message`, in a notebook `path:cell 3:line:column: …`. */
import { addressOf, type Report } from './report.ts';

export const formatConcise = ({ findings }: Report): string =>
  findings
    .map(({ finding, file, place }) => `${addressOf(file, place)}: ${finding.severity}[${finding.rule}] ${finding.message}\n`)
    .join('');
