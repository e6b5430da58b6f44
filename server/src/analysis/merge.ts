/**
 * Findings of several networks at one place are one finding: `resnet18()` and `resnet50()` share the source of their blocks. The worst
 * instance speaks and says how many models it stands for.
 */
import type { NetworkResult } from '../analyze.ts';
import { count } from '../rules/figures.ts';
import type { Finding, Severity } from '../rules/rule.ts';
import { resolve, type Span, sameSpan } from '../text/span.ts';

/** Whether a network builds a layer or draws a parameter at a place. */
const reaches = ({ network }: NetworkResult, span: Span): boolean =>
  [...network.nodes, ...network.unreached].some(
    (node) => sameSpan(node.nameSpan, span) || node.params.some(({ init }) => sameSpan(init.span, span)),
  );

/** Findings of all networks, without those that are right for some of the networks of their place only. */
export const agreed = (networks: readonly NetworkResult[]): readonly Finding[] =>
  networks.flatMap(({ findings }) =>
    findings.filter(
      ({ rule, span, unanimous }) =>
        !unanimous ||
        networks.every((other) => other.findings.some((f) => f.rule === rule && sameSpan(f.span, span)) || !reaches(other, span)),
    ),
  );

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
    return models > 1 ? { ...worst, message: `${worst.message} (+${count(models - 1, 'model')})` } : worst;
  });
  return merged.sort((a, b) => {
    const [x, y] = [resolve(a.span), resolve(b.span)];
    return x.file < y.file ? -1 : x.file > y.file ? 1 : x.start - y.start || (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0);
  });
};
