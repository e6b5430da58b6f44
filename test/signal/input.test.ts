/** What comes in: values of a known range, integers as vectors. The figures beside ours were measured in PyTorch 2.13 over 40 draws. */
import { describe, expect, it } from 'vitest';
import { networkDto } from '../../server/src/workspace/networkDto.ts';
import { analyse, FILE } from '../rules/analysis.ts';

const HEAD = `import torch
from torch import nn
import torch.nn.functional as F
from torchvision import datasets
`;
const MLP = 'nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.Tanh(), nn.Linear(256, 10)';
const images = (scale: string): string =>
  `${HEAD}images = datasets.MNIST('data', train=True).data\nmodel = nn.Sequential(nn.Flatten(), ${MLP})\nlogits = model(images.float()${scale})\n`;

/** Root mean square and gradient behind each layer but a flatten. */
const figures = (text: string): (readonly [number, number])[] => {
  const [net] = analyse(text).networks;
  const rms = (x: number | null | undefined): number => Math.sqrt(x ?? Number.NaN);
  return (net?.network.nodes ?? []).flatMap(({ id, op }) => {
    if (op.kind !== 'dense' && op.kind !== 'activation') return [];
    const signal = net?.signal.nodes[id];
    return [[rms(signal?.forward?.q), rms(signal?.gradient)] as const];
  });
};

const near = (found: readonly (readonly [number, number])[], measured: readonly (readonly [number, number])[]): void => {
  expect(found).toHaveLength(measured.length);
  for (const [i, [rms, gradient]] of measured.entries()) {
    expect(Math.abs((found[i]?.[0] ?? 0) / rms - 1)).toBeLessThan(0.03);
    expect(Math.abs((found[i]?.[1] ?? 0) / gradient - 1)).toBeLessThan(0.03);
  }
};

describe('an input of a known range', () => {
  it('images as they are stored', () =>
    near(figures(images('')), [
      [85.0, 0.00584],
      [59.9, 0.00825],
      [34.6, 0.01431],
      [0.988, 0.1146],
      [0.5688, 1],
    ]));
  it('images between 0 and 1', () =>
    near(figures(images(' / 255')), [
      [0.3339, 0.04612],
      [0.2354, 0.065],
      [0.1411, 0.1125],
      [0.1383, 0.1146],
      [0.08657, 1],
    ]));
  it('nothing known: N(0, 1)', () =>
    near(figures(images('').replace(/logits.*/, '')), [
      [0.5778, 0.04454],
      [0.4084, 0.06299],
      [0.2388, 0.109],
      [0.2266, 0.1146],
      [0.1362, 1],
    ]));
  it('what the data do is not blamed on the weights', () => {
    const said = (text: string) => analyse(text).findings.map(({ rule, severity, message }) => `${severity} ${rule}: ${message}`);
    const [first, ...others] = said(images(''));
    expect(first).toMatch(/^information unscaled-input/);
    expect(others).toEqual(said(images('').replace(/logits.*/, '')));
  });
  it('the panel speaks of what the data do, too', () => {
    const verdict = (text: string) => {
      const [result] = analyse(text).networks;
      return result && networkDto(result, { file: FILE }).verdict;
    };
    expect(verdict(images(''))).toMatch(/gradient/i);
    expect(verdict(images(''))).not.toBe(verdict(images(' / 255')));
  });
});

const CHARS: Readonly<Record<string, string>> = {
  torch: `${HEAD}class Chars(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(50, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    def forward(self, tokens):
        return self.net(F.one_hot(tokens, 50).float())
`,
};

describe('integers as vectors', () => {
  it('a layer behind them draws a row per class', () =>
    near(figures(CHARS.torch as string), [
      [0.1156, 0.06672],
      [0.0817, 0.0949],
      [0.08425, 0.1633],
      [0.06, 0.228],
      [0.08128, 1],
    ]));

  it.each([
    [
      'keras',
      'import keras\nx = keras.Input((12,), dtype="int32")\nh = keras.ops.one_hot(x, 50)\nm = keras.Model(x, keras.layers.Dense(8)(h))\n',
    ],
    [
      'flax',
      'import jax\nfrom flax import linen as nn\nclass M(nn.Module):\n    @nn.compact\n    def __call__(self, x):\n        return nn.Dense(8)(jax.nn.one_hot(x, 50))\n',
    ],
  ])('%s knows them too', (_, text) => {
    const nodes = analyse(text).networks[0]?.network.nodes ?? [];
    expect(nodes.map(({ op }) => op.kind)).toEqual(['input', 'oneHot', 'dense']);
    expect(nodes[1]?.op).toMatchObject({ classes: 50 });
    expect(nodes[0]?.op).toMatchObject({ integer: true });
  });
});
