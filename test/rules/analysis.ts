/** Source text to findings and fixes, as the editor and the command line see them. */
import { type Analysis, createAnalyzer } from '../../server/src/analyze.ts';
import type { Fix, TextEdit } from '../../server/src/frameworks/fix.ts';
import type { Finding } from '../../server/src/rules/rule.ts';
import { memoryHost } from '../../server/src/text/host.ts';
import { parser } from '../support/javascript.ts';

export const FILE = 'model.py';

export interface Analysed extends Analysis {
  fixes(finding: Finding): readonly Fix[];
}

/** Fresh each time: no test leans on what another one left in a cache. */
export const analyse = (text: string, file: string = FILE): Analysed => {
  const analyzer = createAnalyzer(memoryHost({ [file]: text }), parser);
  const analysis = analyzer.analyze(file, text);
  return { ...analysis, fixes: (finding) => analyzer.fixes(analysis, finding) };
};

/** Applies edits, last first so that offsets hold. */
export const applied = (text: string, edits: readonly TextEdit[]): string =>
  [...edits]
    .sort((a, b) => b.start - a.start || b.end - a.end)
    .reduce((t, edit) => t.slice(0, edit.start) + edit.text + t.slice(edit.end), text);

export const apply = (text: string, fix: Fix): string => applied(text, fix.edits);

/** Applies the preferred fix of the first finding that has one, until none has; at most as often as there are lines. */
export const applyPreferred = (text: string, file: string = FILE): string => {
  let fixed = text;
  for (let i = 0; i < text.split('\n').length; i++) {
    const analysis = analyse(fixed, file);
    const fix = analysis.findings.flatMap((finding) => analysis.fixes(finding))[0];
    if (!fix) return fixed;
    fixed = apply(fixed, fix);
  }
  return fixed;
};

export const shown = ({ findings }: Analysis): readonly string[] => findings.map((f) => `${f.severity}[${f.rule}] ${f.message}`);
