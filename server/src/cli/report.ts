/** Findings of a run with their places, as every output format needs them. */
import type { Fix } from '../frameworks/fix.ts';
import type { Finding } from '../rules/rule.ts';
import type { LineIndex } from '../workspace/positions.ts';
import type { Skip } from './sourceFiles.ts';

export interface ReportedFinding {
  readonly finding: Finding;
  /** Relative to the working folder, forward slashes. */
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly lines: LineIndex;
  readonly related: readonly { readonly file: string; readonly line: number; readonly column: number; readonly message: string }[];
  /** Computed on demand: formats that do not show them do not pay. */
  readonly fixes: () => readonly Fix[];
}

export interface Report {
  /** Those that are shown, in the order of files, then offsets. */
  readonly findings: readonly ReportedFinding[];
  readonly files: number;
  readonly networks: number;
  readonly skipped: readonly Skip[];
}

export const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
