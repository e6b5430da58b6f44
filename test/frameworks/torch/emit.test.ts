/** Fixes: what they write, and that what they write draws what was asked for. */
import { describe, expect, it } from 'vitest';
import type { Fix } from '../../../server/src/frameworks/fix.ts';
import { torch } from '../../../server/src/frameworks/torch/index.ts';
import type { Recommendation } from '../../../server/src/network/intent.ts';
import { varianceTimesFan } from '../../../server/src/network/moments.ts';
import type { Network, Node } from '../../../server/src/network/network.ts';
import { parser } from '../../support/parser.ts';
import { networksOf } from './summary.ts';

const HE: Recommendation = { family: 'he', law: 'normal', gain: 1, slope: 0, mode: 'fanIn', activation: 'relu' };
const SIGMOID: Recommendation = { ...HE, family: 'glorot', law: 'uniform', gain: 4, activation: 'sigmoid' };
const TANH: Recommendation = { ...SIGMOID, gain: 1, activation: 'tanh' };
const LECUN: Recommendation = { ...HE, family: 'lecun', activation: 'selu' };
const GELU: Recommendation = { ...HE, family: 'variance', gain: 1.5335, activation: 'gelu' };
const LEAKY: Recommendation = { ...HE, slope: 0.2, activation: 'leakyRelu' };
const ORTHOGONAL: Recommendation = { ...HE, family: 'orthogonal', gain: Math.SQRT2 };

const weightNodes = (network: Network): Node[] => network.nodes.filter((n) => n.params.some((p) => p.role === 'weight'));

const fixesFor = (text: string, to: Recommendation, pick = (_: Node): boolean => true): { fixes: readonly Fix[]; nodes: Node[] } => {
  const network = networksOf(text)[0];
  if (!network) throw new Error('no network');
  const source = parser.parse('main.py', text);
  const nodes = weightNodes(network).filter(pick);
  const first = nodes[0]?.params[0];
  if (!first) throw new Error('no weight');
  const intent = { kind: 'setInitializer' as const, nodes: nodes.map((n) => n.id), role: 'weight' as const, to, span: first.init.span };
  return { fixes: torch.emit(intent, { network, module: () => source }), nodes };
};

const applied = (text: string, fix: Fix | undefined): string => {
  if (!fix) throw new Error('no fix');
  return [...fix.edits].sort((a, b) => b.start - a.start).reduce((t, e) => t.slice(0, e.start) + e.text + t.slice(e.end), text);
};

/** fan_in · Var of every weight after the fix. */
const gains = (text: string): (number | undefined)[] =>
  networksOf(text).flatMap((n) =>
    weightNodes(n).flatMap((node) =>
      node.params
        .filter((p) => p.role === 'weight')
        .map((p) => {
          const gain = p.fanIn === null ? undefined : varianceTimesFan(p.init.distribution, p.fanIn);
          return gain === undefined ? undefined : Number(gain.toPrecision(4));
        }),
    ),
  );

const HEAD = 'import torch\nimport torch.nn as nn\n\n';

const net = (lines: string, forward = 'return self.fc(x)', head = HEAD): string =>
  `${head}class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n${lines
    .split('\n')
    .map((l) => `        ${l}`)
    .join('\n')}\n\n    def forward(self, x):\n        ${forward}\n`;

const added = (before: string, after: string): string => {
  const old = new Map<string, number>();
  for (const line of before.split('\n')) old.set(line, (old.get(line) ?? 0) + 1);
  return after
    .split('\n')
    .filter((line) => {
      const left = old.get(line) ?? 0;
      old.set(line, left - 1);
      return left <= 0;
    })
    .join('\n');
};

describe('draws without a fan', () => {
  const FIXED: Recommendation = { ...HE, family: 'fixed', gain: 0.005 };
  it.each<[Recommendation, string]>([
    [FIXED, 'nn.init.normal_(self.fc.weight, std=0.005)'],
    [{ ...FIXED, law: 'uniform', gain: 0.5 / Math.sqrt(3) }, 'nn.init.uniform_(self.fc.weight, -0.5, 0.5)'],
    [{ ...HE, family: 'identity' }, 'nn.init.eye_(self.fc.weight)'],
  ])('%j', (to, line) => {
    const text = net('self.fc = nn.Linear(64, 64)');
    const { fixes } = fixesFor(text, to);
    expect(fixes.length).toBe(1);
    expect(added(text, applied(text, fixes[0])).trim()).toBe(line);
  });
});

describe('fixes of torch', () => {
  it('put a call after the layer', () => {
    const text = net('self.fc = nn.Linear(64, 32)  # head');
    const { fixes } = fixesFor(text, HE);
    expect(fixes.map((f) => [f.title, f.style, f.preferred])).toEqual([
      ['Initialize with He normal (kaiming_normal_, changes training)', 'call', true],
      ['Initialize with He normal, formula spelled out (changes training)', 'formula', false],
    ]);
    const after = applied(text, fixes[0]);
    expect(added(text, after)).toBe("        nn.init.kaiming_normal_(self.fc.weight, nonlinearity='relu')");
    expect(gains(after)).toEqual([2]);
    const formula = applied(text, fixes[1]);
    expect(added(text, formula)).toBe(
      [
        'import math',
        '        fan_in, _ = nn.init._calculate_fan_in_and_fan_out(self.fc.weight)',
        '        std = math.sqrt(2 / fan_in)',
        '        nn.init.normal_(self.fc.weight, 0.0, std)',
      ].join('\n'),
    );
    expect(gains(formula)).toEqual([2]);
  });

  it('replace a written call and keep its target', () => {
    const text = net(
      'self.fc = nn.Linear(64, 64)\nfor m in self.modules():\n    if isinstance(m, nn.Linear):\n        nn.init.xavier_uniform_(m.weight, gain=1.0)',
    );
    const { fixes } = fixesFor(text, SIGMOID);
    const after = applied(text, fixes[0]);
    expect(added(text, after)).toBe('                nn.init.xavier_uniform_(m.weight, gain=4.0)');
    expect(gains(after)).toEqual([16]);
    const formula = applied(text, fixes[1]);
    expect(added(text, formula)).toBe(
      [
        'import math',
        '                fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(m.weight)',
        '                bound = 4.0 * math.sqrt(6 / (fan_in + fan_out))',
        '                nn.init.uniform_(m.weight, -bound, bound)',
      ].join('\n'),
    );
    expect(gains(formula)).toEqual([16]);
  });

  it('replace an in-place fill', () => {
    const text = net('self.fc = nn.Linear(64, 64)\nself.fc.weight.data.normal_(0, 0.01)');
    const after = applied(text, fixesFor(text, TANH).fixes[0]);
    expect(added(text, after)).toBe('        nn.init.xavier_uniform_(self.fc.weight.data)');
    expect(gains(after)).toEqual([1]);
  });

  it('draw a bare parameter on the next line, with the fan that the layer sums over', () => {
    const text = net('self.w = nn.Parameter(torch.randn(64, 32) * 0.1)', 'return x @ self.w');
    const { fixes } = fixesFor(text, HE);
    const after = applied(text, fixes[0]);
    expect(added(text, after)).toBe("        nn.init.kaiming_normal_(self.w, mode='fan_out', nonlinearity='relu')");
    expect(gains(after)).toEqual([2]);
  });

  it('go over the modules for layers in a Sequential', () => {
    const text = net(
      'self.net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.Flatten(), nn.Linear(8, 2))',
      'return self.net(x)',
    );
    const { fixes } = fixesFor(text, HE);
    const after = applied(text, fixes[0]);
    expect(added(text, after)).toBe(
      [
        '        for m in self.net.modules():',
        '            if isinstance(m, (nn.Conv2d, nn.Linear)):',
        "                nn.init.kaiming_normal_(m.weight, nonlinearity='relu')",
      ].join('\n'),
    );
    expect(gains(after)).toEqual([2, 2, 2]);
    const only = applied(text, fixesFor(text, HE, (n) => n.op.kind === 'conv').fixes[0]);
    expect(only).toContain('if isinstance(m, nn.Conv2d):');
  });

  it('go over all modules at the end of the constructor where layers are appended, and draw no other layer where they live in one attribute', () => {
    const appended = net(
      'self.a = nn.ModuleList()\nfor _ in range(2):\n    self.a.append(nn.Linear(8, 8))\nself.k = 1',
      'return self.a[1](self.a[0](x))',
    );
    const after = applied(appended, fixesFor(appended, HE).fixes[0]);
    expect(added(appended, after).split('\n')[0]).toBe('        for m in self.modules():');
    expect(gains(after)).toEqual([2, 2]);
    const listed = net(
      'layers = [nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8)]\nself.body = nn.Sequential(*layers)\nself.head = nn.Linear(8, 8)\nnn.init.xavier_normal_(self.head.weight)',
      'return self.head(self.body(x))',
    );
    const body = applied(listed, fixesFor(listed, HE, (n) => n.path.startsWith('body')).fixes[0]);
    expect(added(listed, body).split('\n')[0]).toBe('        for m in self.body.modules():');
    expect(gains(body)).toEqual([2, 2, 1]);
  });

  it('go over the modules of a script', () => {
    const text = `${HEAD}net = nn.Sequential(nn.Linear(8, 8), nn.SELU(), nn.Linear(8, 8))\nnet.train()\n`;
    const after = applied(text, fixesFor(text, LECUN).fixes[0]);
    expect(after).toBe(
      `${HEAD}net = nn.Sequential(nn.Linear(8, 8), nn.SELU(), nn.Linear(8, 8))\nfor m in net.modules():\n    if isinstance(m, nn.Linear):\n        nn.init.kaiming_normal_(m.weight, nonlinearity='linear')\nnet.train()\n`,
    );
    expect(gains(after)).toEqual([1, 1]);
  });

  it('name the model that a function returns', () => {
    const text = `${HEAD}def make():\n    return nn.Sequential(nn.Linear(8, 8), nn.GELU())\n`;
    const { fixes } = fixesFor(text, GELU);
    const after = applied(text, fixes[0]);
    expect(after).toContain('    net = nn.Sequential(nn.Linear(8, 8), nn.GELU())\n    for m in net.modules():');
    expect(after).toContain('\n    return net');
    expect(gains(after)).toEqual([2.352]);
    expect(gains(applied(text, fixes[1]))).toEqual([2.352]);
  });

  it('keep the slope, the gain of orthogonal, and the file’s own names', () => {
    const head = 'from torch import nn\nfrom torch.nn import init as I\n\n';
    const text = net('self.fc = nn.Linear(64, 64)', 'return self.fc(x)', head);
    expect(added(text, applied(text, fixesFor(text, LEAKY).fixes[0]))).toBe(
      "        I.kaiming_normal_(self.fc.weight, a=0.2, nonlinearity='leaky_relu')",
    );
    expect(added(text, applied(text, fixesFor(text, ORTHOGONAL).fixes[0]))).toBe(
      "        I.orthogonal_(self.fc.weight, gain=I.calculate_gain('relu'))",
    );
    expect(gains(applied(text, fixesFor(text, LEAKY).fixes[1]))).toEqual([Number((2 / 1.04).toPrecision(4))]);
  });

  it('spell out what torch’s fan of a transposed convolution misses', () => {
    const text = net('self.fc = nn.ConvTranspose2d(32, 16, 4, stride=2)');
    const { fixes } = fixesFor(text, HE);
    expect(fixes.map((f) => f.style)).toEqual(['formula']);
    expect(gains(applied(text, fixes[0]))).toEqual([2]);
  });

  it('leave alone what stands where only one expression fits', () => {
    const text = `${HEAD}net = nn.Linear(8, 8)\nok = [nn.init.normal_(p, std=0.1) for p in net.parameters() if p.dim() > 1]\n`;
    const { fixes } = fixesFor(text, HE);
    expect(fixes.map((f) => f.style)).toEqual(['call']);
    expect(gains(applied(text, fixes[0]))).toEqual([2]);
  });
});
