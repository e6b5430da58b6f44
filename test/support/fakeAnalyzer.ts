/**
 * An analyzer that needs no parser: each `class X(nn.Module)` is a network, each `nn.Linear(a, b)` of it a dense layer. Every
 * `xavier_normal_` is a finding with a fix; `class` lines ending without a colon make the text broken, and the last good result stays.
 */
import type { Analysis, Analyzer, NetworkResult } from '../../server/src/analyze.ts';
import type { Network, Node, Parameter } from '../../server/src/network/network.ts';
import { BATCH } from '../../server/src/network/scalar.ts';
import { createFacts } from '../../server/src/rules/facts.ts';
import type { Finding } from '../../server/src/rules/rule.ts';
import type { Signal } from '../../server/src/signal/signal.ts';
import type { Anchor, Span } from '../../server/src/text/span.ts';

const RULE = 'relu-without-he';

const networkIn = (anchor: Anchor, name: string, body: string, at: number): NetworkResult => {
  const span = (start: number, length: number): Span => ({ anchor, start: at + start, end: at + start + length });
  const nodes: Node[] = [
    {
      id: 0,
      op: { kind: 'input', integer: false },
      path: 'input',
      label: 'input',
      span: span(0, 1),
      nameSpan: span(0, 1),
      inputs: [],
      params: [],
      shape: [BATCH, 4],
      call: 1,
    },
  ];
  for (const match of body.matchAll(/self\.(\w+) = (nn\.Linear)\((\d+), (\d+)\)/g)) {
    const [text, attribute, label, rows, columns] = match as unknown as [string, string, string, string, string];
    const nameSpan = span(match.index + text.indexOf(label), label.length);
    const fans = { fanIn: Number(rows), fanOut: Number(columns) };
    const weight: Parameter = {
      path: `${attribute}.weight`,
      name: 'weight',
      role: 'weight',
      shape: [Number(columns), Number(rows)],
      ...fans,
      frameworkFans: fans,
      init: { distribution: { kind: 'normal', mean: 0, std: 0.5 }, source: 'default', name: 'default', span: nameSpan, generic: false },
      overwritten: [],
      storage: nodes.length,
      loaded: false,
      trainable: true,
      span: nameSpan,
    };
    nodes.push({
      id: nodes.length,
      op: { kind: 'dense', inFeatures: Number(rows), outFeatures: Number(columns) },
      path: attribute,
      label: 'Linear',
      span: nameSpan,
      nameSpan,
      inputs: [nodes.length - 1],
      params: [weight],
      shape: [BATCH, Number(columns)],
      call: 1,
    });
  }
  const network: Network = {
    name,
    framework: 'torch',
    nameSpan: span(body.indexOf(name), name.length),
    span: span(0, body.length),
    entry: 'defaults',
    inputs: [0],
    nodes,
    outputs: [nodes.length - 1],
    unreached: [],
    training: { losses: [] },
    notes: [],
    issues: [],
    complete: true,
  };
  const signal: Signal = {
    nodes: nodes.map(() => ({
      forward: { m: 0, q: 4, r: 0, u: 0 },
      band: null,
      gradient: 0.25,
      saturated: null,
      zero: null,
      unknown: null,
      unstable: false,
    })),
    assumed: new Map(),
  };
  const findings: Finding[] = [...body.matchAll(/xavier_normal_/g)].map((match) => ({
    rule: RULE,
    severity: 'warning',
    span: span(match.index, match[0].length),
    message: 'Glorot halves the variance at each ReLU: ×0.50 per layer.',
    network: name,
    related: [{ span: network.nameSpan, message: 'the network' }],
    intents: [],
    explains: [1],
  }));
  return { network, signal, facts: createFacts(network, signal), findings };
};

export const fakeAnalyzer = (): Analyzer => {
  const good = new Map<string, Analysis>();
  const analyze = (file: string, text: string): Analysis => {
    if (text.includes('explode')) throw new Error('exploded');
    const last = good.get(file);
    if (/^class [^:]*$/m.test(text) && last) return { ...last, stale: true };
    const anchor: Anchor = { file, offset: 0 };
    const networks: NetworkResult[] = [];
    for (const match of text.matchAll(/^class (\w+)\(nn\.Module\):(?:\r?\n(?!class )[^\n]*)*/gm)) {
      networks.push(networkIn(anchor, match[1]!, match[0], match.index));
    }
    const analysis: Analysis = {
      module: { file, language: 'python', text, blocks: [], comments: [], issues: [] },
      networks,
      findings: networks.flatMap((network) => network.findings),
      issues: [],
      stale: false,
    };
    good.set(file, analysis);
    return analysis;
  };
  return {
    ready: () => null,
    analyze,
    fixes: (_, { span }) => [
      {
        title: 'Use He normal (changes training)',
        safe: false,
        preferred: true,
        style: 'call',
        edits: [{ file: span.anchor.file, start: span.start, end: span.end, text: 'kaiming_normal_' }],
      },
    ],
    forget: (file) => void good.delete(file),
  };
};
