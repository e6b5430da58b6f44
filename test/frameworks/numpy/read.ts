/** Source text to what is read of networks by hand, one line a weight and one for the graph. */
import { createAnalyzer } from '../../../server/src/analyze.ts';
import { momentsOf } from '../../../server/src/network/moments.ts';
import type { Network, Node } from '../../../server/src/network/network.ts';
import { type Dim, formatScalar, isNumber } from '../../../server/src/network/scalar.ts';
import type { NextActivation } from '../../../server/src/rules/facts.ts';
import { memoryHost } from '../../../server/src/text/host.ts';
import { parser } from '../../support/parser.ts';

const size = (d: Dim | null): string => (d === null ? '?' : formatScalar(d) === 'batch' ? 'N' : formatScalar(d));

const figure = (x: number): string => String(Number(x.toPrecision(4)));

const opText = ({ op }: Node): string => {
  if (op.kind === 'activation') {
    const args = Object.entries(op.args).map(([, v]) => (isNumber(v) ? figure(v) : formatScalar(v)));
    return args.length > 0 ? `${op.name}(${args.join(', ')})` : op.name;
  }
  if (op.kind === 'opaque') return `opaque(${op.what})`;
  return op.kind;
};

/** 'W1 (784, 100) 784→100 normal 0±0.01 → relu' */
const weightText = (node: Node, next: readonly NextActivation[], values: (name: string) => number | undefined): string[] =>
  node.params
    .filter((p) => p.role === 'weight')
    .map((p) => {
      const d = p.init.distribution;
      const m = momentsOf(d, values);
      const moments = m ? `${figure(m.mean)}±${figure(m.std)}` : '?';
      const acts = next.map((n) => n.name).join('+');
      return `${p.path} (${p.shape?.map(size).join(', ')}) ${p.fanIn === null ? '?' : size(p.fanIn)}→${p.fanOut === null ? '?' : size(p.fanOut)} ${d.kind} ${moments}${acts ? ` → ${acts}` : ''}`;
    });

export interface Read {
  readonly network: Network;
  readonly name: string;
  readonly ops: string;
  readonly weights: readonly string[];
  readonly findings: readonly string[];
}

export const readAll = (text: string): readonly Read[] => {
  const analysis = createAnalyzer(memoryHost({ 'main.py': text }), parser).analyze('main.py', text);
  return analysis.networks.map(({ network, facts, signal, findings }) => ({
    network,
    name: `${network.name} ${network.entry} ${network.framework}`,
    ops: network.nodes.map(opText).join(' '),
    weights: network.nodes.flatMap((node) => weightText(node, facts.next(node), (n) => signal.assumed.get(n)?.value)),
    findings: findings.map((f) => `${f.severity}[${f.rule}] ${f.message}`),
  }));
};

export const shown = (text: string): string =>
  readAll(text)
    .map((r) => [r.name, r.ops, ...r.weights].join('\n'))
    .join('\n\n');
