import { describe, expect, it } from 'vitest';
import { analyse, applyFix } from '../keras/analyse.ts';

/** Programs with one bad initializer, and what the first two fixes write. */
const CASES: readonly { name: string; rule: string; text: string; call: string; formula?: string }[] = [
  {
    name: 'a default in linen gets an argument',
    rule: 'relu-without-he',
    text: `from flax import linen as nn
import jax.numpy as jnp

class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        for _ in range(8):
            x = nn.relu(nn.Dense(128)(x))
        return nn.Dense(1)(x)

params = Net().init(None, jnp.ones((1, 128)))
`,
    call: 'nn.Dense(128, kernel_init=nn.initializers.he_normal())',
    formula: 'nn.Dense(128, kernel_init=nn.initializers.normal(stddev=(2 / 128) ** 0.5))',
  },
  {
    name: 'the way that an initializer is reached stays',
    rule: 'constant-weights',
    text: `import flax.linen as nn
import jax

class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        x = nn.relu(nn.Dense(64, kernel_init=jax.nn.initializers.ones)(x))
        return nn.Dense(1)(x)

params = Net().init(None, jax.numpy.ones((1, 64)))
`,
    call: 'kernel_init=jax.nn.initializers.he_normal())',
    formula: 'kernel_init=jax.nn.initializers.normal(stddev=(2 / 64) ** 0.5))',
  },
  {
    name: 'nnx, in the quotes of the file',
    rule: 'sigmoid-without-gain',
    text: `from flax import nnx

class Net(nnx.Module):
    def __init__(self, *, rngs):
        self.layers = [nnx.Linear(64, 64, rngs=rngs) for _ in range(6)]
        self.name = 'net'

    def __call__(self, x):
        for layer in self.layers:
            x = nnx.sigmoid(layer(x))
        return x
`,
    call: "nnx.Linear(64, 64, rngs=rngs, kernel_init=nnx.initializers.variance_scaling(16.0, 'fan_avg', 'truncated_normal'))",
    formula: 'kernel_init=nnx.initializers.normal(stddev=4 * (2 / (64 + 64)) ** 0.5))',
  },
  {
    name: 'an import where the file has none of the namespaces',
    rule: 'constant-weights',
    text: `from flax.linen import Dense, Module, compact, relu
from jax.numpy import ones

class Net(Module):
    @compact
    def __call__(self, x):
        x = relu(Dense(64, kernel_init=lambda key, shape, dtype: ones(shape))(x))
        return Dense(1)(x)

params = Net().init(None, ones((1, 64)))
`,
    call: 'from jax.numpy import ones\nfrom jax.nn import initializers\n',
  },
  {
    name: 'self.param',
    rule: 'constant-weights',
    text: `from flax import linen as nn
import jax.numpy as jnp

class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        w = self.param('w', nn.initializers.ones, (64, 32))
        return nn.Dense(1)(nn.relu(x @ w))

params = Net().init(None, jnp.ones((1, 64)))
`,
    call: "self.param('w', nn.initializers.he_normal(), (64, 32))",
  },
  {
    name: 'one argument a line stays so',
    rule: 'constant-weights',
    text: `from flax import linen as nn
import jax.numpy as jnp

class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        x = nn.relu(nn.Conv(
            features=16,
            kernel_size=(3, 3),
            kernel_init=nn.initializers.constant(0.1),
        )(x))
        return nn.Dense(1)(x.mean(axis=(1, 2)))

params = Net().init(None, jnp.ones((1, 8, 8, 3)))
`,
    call: '            kernel_init=nn.initializers.he_normal(),\n',
    formula: '            kernel_init=nn.initializers.normal(stddev=(2 / 27) ** 0.5),\n',
  },
];

describe('fixes in Flax', () => {
  for (const { name, rule, text, call, formula } of CASES) {
    it(name, () => {
      const answer = analyse(text);
      const finding = answer.findings.find((f) => f.rule === rule);
      if (!finding) throw new Error(answer.findings.map((f) => f.rule).join(' ') || 'nothing is found');
      const [first, second] = answer.fixes(finding);
      if (!first) throw new Error('no fix');
      expect(applyFix(text, first)).toContain(call);
      if (formula) expect(second && applyFix(text, second)).toContain(formula);
      expect(analyse(applyFix(text, first)).findings.filter((f) => f.rule === rule)).toEqual([]);
    });
  }
  const held = (array: string): string => `import jax
import jax.numpy as jnp
from flax import nnx

class Net(nnx.Module):
    def __init__(self, *, rngs):
        self.w = nnx.Param(${array})
        self.out = nnx.Linear(256, 1, rngs=rngs)

    def __call__(self, x):
        return self.out(nnx.relu(x @ self.w))
`;

  it.each([
    ['jax.random.normal(rngs.params(), (256, 256))', 'nnx.initializers.he_normal()(rngs.params(), (256, 256))'],
    ['jax.random.normal(rngs.params(), (256, 256)) * 2', 'nnx.initializers.he_normal()(rngs.params(), (256, 256))'],
    [
      'jax.random.normal(key=rngs.params(), dtype=jnp.float32, shape=(256, 256)) * 4 / jnp.sqrt(2)',
      'nnx.initializers.he_normal()(rngs.params(), (256, 256), jnp.float32)',
    ],
  ])('replaces the draw of an array with its factors: %s', (array, mended) => {
    const text = held(array);
    const { findings, fixes } = analyse(text);
    const [finding] = findings;
    const [call, formula] = finding ? fixes(finding) : [];
    if (!call || !formula) throw new Error('no fix');
    expect(applyFix(text, call)).toBe(held(mended));
    expect(applyFix(text, formula)).toContain('nnx.initializers.normal(stddev=(2 / 256) ** 0.5)(rngs.params(), (256, 256)');
    expect(analyse(applyFix(text, call)).findings).toEqual([]);
    expect(analyse(applyFix(text, formula)).findings).toEqual([]);
  });

  it('leaves an array alone that is computed in another way', () => {
    for (const array of ['draw(rngs, 256)', 'jax.random.normal(rngs.params(), (256, 256)) + jnp.ones((256, 256))']) {
      const text = `${held(array)}
def draw(rngs, n):
    return jax.random.normal(rngs.params(), (n, n)) * 2
`;
      const { findings, fixes } = analyse(text);
      expect(findings.flatMap((finding) => fixes(finding))).toEqual([]);
    }
  });
});
