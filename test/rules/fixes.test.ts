/**
 * Every fix of every example, whether preferred or not: applied and analysed again, its finding is gone, none is new, and the text is
 * whole. So is what "fix all" makes of it, and a comment that silences a finding silences that one.
 */
import { describe, expect, it } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { TextEdit } from '../../server/src/frameworks/fix.ts';
import { fixAllEdits } from '../../server/src/lsp/codeActions.ts';
import { suppression } from '../../server/src/lsp/suppression.ts';
import type { Finding } from '../../server/src/rules/rule.ts';
import { resolve } from '../../server/src/text/span.ts';
import { type Analysed, analyse, applied } from './analysis.ts';
import { fixesOf, leftBy, lineOf } from './fixed.ts';
import { flaggedPrograms, type Program, ruleFiles } from './programs.ts';

/** What is wrong with a program after edits that should have ended these findings. */
const complaints = (program: Program, before: Analysed, ended: readonly Finding[], edits: readonly TextEdit[]): readonly string[] => {
  const text = applied(program.text, edits);
  const after = analyse(text, program.file);
  const broken = after.stale || after.module.blocks.some((block) => block.broken) ? ['the text does not parse'] : [];
  const issues = after.issues.length > before.issues.length ? after.issues.map(({ message }) => message) : [];
  return [...leftBy({ program, before, ended, edits, text }, after), ...broken, ...issues];
};

const suppressing = ({ text, file }: Program, finding: Finding): TextEdit => {
  const document = TextDocument.create(`file:///${file}`, 'any', 1, text);
  const { range, newText } = suppression(document, lineOf(text, resolve(finding.span).start) - 1, finding.rule);
  return { file, start: document.offsetAt(range.start), end: document.offsetAt(range.end), text: newText };
};

describe.each(ruleFiles().map((file) => file.slice(0, -3)))('%s', (rule) => {
  it.each(flaggedPrograms(rule).map((p) => [`${p.framework}: ${p.title}`, p] as const))('%s', (_, program) => {
    const before = analyse(program.text, program.file);
    const left = fixesOf(program, before).flatMap(({ finding, fix }) =>
      complaints(program, before, [finding], fix.edits).map((what) => `${fix.title}: ${what}`),
    );
    const safe = before.findings.flatMap((finding) => {
      const fix = before.fixes(finding).find((one) => one.safe);
      return fix ? [{ finding, fix }] : [];
    });
    if (safe.length > 0) {
      const ended = safe.map(({ finding }) => finding);
      left.push(...complaints(program, before, ended, fixAllEdits(safe.map(({ fix }) => fix))).map((what) => `fix all: ${what}`));
    }
    const [first] = before.findings;
    if (first) {
      const line = lineOf(program.text, resolve(first.span).start);
      const ended = before.findings.filter((one) => one.rule === first.rule && lineOf(program.text, resolve(one.span).start) === line);
      left.push(...complaints(program, before, ended, [suppressing(program, first)]).map((what) => `ignored: ${what}`));
    }
    expect(left).toEqual([]);
  });
});
