/** Every fix of every finding of a program, each applied alone as a person would who chose it, and what it leaves. */
import type { Fix, TextEdit } from '../../server/src/frameworks/fix.ts';
import type { Finding } from '../../server/src/rules/rule.ts';
import { resolve } from '../../server/src/text/span.ts';
import { type Analysed, analyse } from './analysis.ts';
import type { Program } from './programs.ts';

export interface Fixed {
  readonly finding: Finding;
  readonly fix: Fix;
}

export const fixesOf = (program: Program, before: Analysed = analyse(program.text, program.file)): readonly Fixed[] =>
  before.findings.flatMap((finding) => before.fixes(finding).map((fix) => ({ finding, fix })));

export const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

/** Where an offset of the text is after the edits; within one, it is where that one begins. */
const moved = (offset: number, edits: readonly TextEdit[]): number => {
  let by = 0;
  for (const { start, end, text } of edits) {
    if (end <= offset && start < offset) by += text.length - (end - start);
    else if (start < offset) by += start - offset;
  }
  return offset + by;
};

const named = (finding: Finding, text: string, edits: readonly TextEdit[] = []): string =>
  `${finding.rule} in line ${lineOf(text, moved(resolve(finding.span).start, edits))}`;

export interface Edited {
  readonly program: Program;
  readonly before: Analysed;
  /** The findings that the edits are to end. */
  readonly ended: readonly Finding[];
  readonly edits: readonly TextEdit[];
  /** The program after them. */
  readonly text: string;
}

/** Findings that edits left of those that they are to end, and those that they brought. */
export const leftBy = ({ before, ended, edits, program, text }: Edited, after: Analysed): readonly string[] => {
  const others = before.findings.filter((one) => !ended.includes(one)).map((one) => named(one, text, edits));
  const was = before.findings.map((one) => named(one, program.text)).join(', ');
  return after.findings.flatMap((one) => {
    const name = named(one, text);
    const at = others.indexOf(name);
    if (at >= 0) others.splice(at, 1);
    return at >= 0 ? [] : [`${name}: ${one.message} [was: ${was}]`];
  });
};
