/** Findings of a run with their places, as every output format needs them. */
import type { Fix, TextEdit } from '../frameworks/fix.ts';
import type { Finding } from '../rules/rule.ts';
import type { Place } from '../workspace/places.ts';
import type { Skip } from './sourceFiles.ts';

export interface ReportedFinding {
  readonly finding: Finding;
  /** Relative to the working folder, forward slashes. */
  readonly file: string;
  readonly place: Place;
  readonly related: readonly { readonly at: string; readonly message: string }[];
  /** Computed on demand: formats that do not show them do not pay. */
  readonly fixes: () => readonly ReportedFix[];
}

/** Offsets of its edits count in the file, in a notebook in the cell that is named. */
export interface ReportedFix extends Pick<Fix, 'title' | 'safe'> {
  readonly edits: readonly (TextEdit & { readonly cell?: number })[];
}

export interface Report {
  /** Those that are shown, in the order of files, then offsets. */
  readonly findings: readonly ReportedFinding[];
  readonly files: number;
  readonly networks: number;
  readonly skipped: readonly Skip[];
  /** Files of which not all was looked at: a bound of the analysis was hit. */
  readonly limited: readonly { readonly path: string; readonly messages: readonly string[] }[];
}

export const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;

/** `file:line:column`, in a notebook `file:cell 3:line:column`. */
export const addressOf = (file: string, { cell, lines, start }: Place): string => {
  const { line, character } = lines.positionAt(start);
  return `${file}:${cell === null ? '' : `cell ${cell}:`}${line + 1}:${character + 1}`;
};
