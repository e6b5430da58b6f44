/**
 * Findings of several networks at one place are one finding: `resnet18()` and `resnet50()` share the source of their blocks. The worst
 * instance speaks and says how many models it stands for.
 */
import type { Finding, Severity } from '../rules/rule.ts';
import { resolve } from '../text/span.ts';

const RANK: Readonly<Record<Severity, number>> = { error: 3, warning: 2, information: 1, hint: 0 };

export const mergeFindings = (findings: readonly Finding[]): Finding[] => {
  const places = new Map<string, Finding[]>();
  for (const finding of findings) {
    const { file, start, end } = resolve(finding.span);
    const key = `${finding.rule}\0${file}\0${start}\0${end}`;
    const same = places.get(key);
    if (same) same.push(finding);
    else places.set(key, [finding]);
  }
  const merged = [...places.values()].map((same) => {
    const worst = same.reduce((a, b) => (RANK[b.severity] > RANK[a.severity] ? b : a));
    const models = new Set(same.map((f) => f.network)).size;
    return models > 1 ? { ...worst, message: `${worst.message} (and in ${models - 1} more model${models > 2 ? 's' : ''})` } : worst;
  });
  return merged.sort((a, b) => {
    const [x, y] = [resolve(a.span), resolve(b.span)];
    return x.file < y.file ? -1 : x.file > y.file ? 1 : x.start - y.start || (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0);
  });
};
