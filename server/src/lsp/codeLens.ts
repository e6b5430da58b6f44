/** One lens a model: `▶ Preview activations · 12 layers · 2 warnings`. */
import type { CodeLens } from 'vscode-languageserver';
import type { NetworkResult } from '../analyze.ts';
import type { Severity } from '../rules/rule.ts';
import { resolve } from '../text/span.ts';
import { PREVIEW_COMMAND } from './kinds.ts';
import type { Target } from './session.ts';

const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;

const lensTitle = ({ facts, findings }: NetworkResult): string => {
  const of = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  const parts = ['▶ Preview activations', count(facts.layers.length, 'layer')];
  for (const severity of ['error', 'warning'] as const) if (of(severity) > 0) parts.push(count(of(severity), severity));
  return parts.join(' · ');
};

export const codeLenses = ({ file, document, snapshot, analysis }: Target): CodeLens[] => {
  const lenses: CodeLens[] = [];
  const seen = new Set<number>();
  for (const result of analysis.networks) {
    const at = resolve(result.network.nameSpan);
    // A model that is built twice from one place is one line in the editor: the first stands for all.
    if (at.file !== file || seen.has(at.start)) continue;
    seen.add(at.start);
    const place = snapshot.place(at.start, at.end);
    if (place?.document !== document) continue;
    lenses.push({
      range: place.range,
      command: { title: lensTitle(result), command: PREVIEW_COMMAND, arguments: [document.uri, result.network.name] },
    });
  }
  return lenses;
};
