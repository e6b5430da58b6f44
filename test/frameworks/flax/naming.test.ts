/** Names that linen gives to parameters, as Flax 0.12 itself prints them for this program. */
import { describe, expect, it } from 'vitest';
import { networkOf } from '../keras/analyse.ts';

const PROGRAM = `"""Naming: automatic, explicit, setup, lists, dicts, nested, shared, adopted."""
from functools import partial
import jax, jax.numpy as jnp
from flax import linen as nn

class Leaf(nn.Module):
    n: int = 4
    @nn.compact
    def __call__(self, x):
        return nn.Dense(self.n)(x)

class Pair(nn.Module):
    first: nn.Module
    second: nn.Module
    def __call__(self, x):
        return self.second(self.first(x))

class Base(nn.Module):
    width: int = 5
    def setup(self):
        self.shared = nn.Dense(self.width)
    def encode(self, x):
        return nn.relu(self.shared(x))

class Derived(Base):
    out: int = 2
    def setup(self):
        super().setup()
        self.heads = {'a': nn.Dense(self.out), 'b': [nn.Dense(1), Leaf()]}
        self.stack = [Leaf(n=3), Leaf(n=self.width)]
        self.seq = nn.Sequential([nn.Dense(3), nn.relu, Leaf()])
        self.explicit = nn.Dense(3, name='renamed')
    def __call__(self, x):
        x = self.encode(x)
        for layer in self.stack:
            x = layer(x)
        x = self.shared(x)
        y = self.heads['a'](x) 
        z = self.heads['b'][1](self.heads['b'][0](x))
        return self.seq(jnp.concatenate([y, z], axis=-1)) + 0, self.explicit(x)

class Outer(nn.Module):
    @nn.compact
    def __call__(self, x):
        Dense = partial(nn.Dense, use_bias=False)
        x = Dense(4)(x)
        leaf = Leaf()
        x = leaf(leaf(leaf(x)))
        x = nn.Sequential([nn.Dense(7), nn.tanh, nn.Dense(8)])(x)
        x = Pair(Leaf(), nn.Dense(9))(x)
        x = Pair(first=Leaf(n=3), second=nn.Dense(2, name='s'), name='p')(x)
        x = nn.remat(Leaf)(5)(x)
        x = nn.jit(nn.Dense)(3)(x)
        y, e = Derived(width=3)(x)
        y = Derived(width=4, name='named')(y)[0]
        w = self.param('w', nn.initializers.lecun_normal(), (y.shape[-1], 3))
        b = self.param('b', lambda key, shape: jnp.full(shape, 0.5), (3,))
        return y @ w + b

inner = Leaf(n=3, name='ignored')
model = Pair(inner, second=Outer())
params = model.init(jax.random.key(0), jnp.ones((1, 4)))['params']
`;

const MEASURED: readonly string[] = [
  'first/Dense_0/bias [3]',
  'first/Dense_0/kernel [4,3]',
  'second/CheckpointLeaf_0/Dense_0/bias [5]',
  'second/CheckpointLeaf_0/Dense_0/kernel [2,5]',
  'second/Dense_0/kernel [3,4]',
  'second/Dense_1/bias [7]',
  'second/Dense_1/kernel [4,7]',
  'second/Dense_2/bias [8]',
  'second/Dense_2/kernel [7,8]',
  'second/Dense_3/bias [9]',
  'second/Dense_3/kernel [4,9]',
  'second/Derived_0/heads_a/bias [2]',
  'second/Derived_0/heads_a/kernel [3,2]',
  'second/Derived_0/heads_b_0/bias [1]',
  'second/Derived_0/heads_b_0/kernel [3,1]',
  'second/Derived_0/heads_b_1/Dense_0/bias [4]',
  'second/Derived_0/heads_b_1/Dense_0/kernel [1,4]',
  'second/Derived_0/renamed/bias [3]',
  'second/Derived_0/renamed/kernel [3,3]',
  'second/Derived_0/seq/layers_0/bias [3]',
  'second/Derived_0/seq/layers_0/kernel [6,3]',
  'second/Derived_0/seq/layers_2/Dense_0/bias [4]',
  'second/Derived_0/seq/layers_2/Dense_0/kernel [3,4]',
  'second/Derived_0/shared/bias [3]',
  'second/Derived_0/shared/kernel [3,3]',
  'second/Derived_0/stack_0/Dense_0/bias [3]',
  'second/Derived_0/stack_0/Dense_0/kernel [3,3]',
  'second/Derived_0/stack_1/Dense_0/bias [3]',
  'second/Derived_0/stack_1/Dense_0/kernel [3,3]',
  'second/JitDense_0/bias [3]',
  'second/JitDense_0/kernel [5,3]',
  'second/Leaf_0/Dense_0/bias [4]',
  'second/Leaf_0/Dense_0/kernel [4,4]',
  'second/Leaf_1/Dense_0/bias [4]',
  'second/Leaf_1/Dense_0/kernel [8,4]',
  'second/Leaf_2/Dense_0/bias [3]',
  'second/Leaf_2/Dense_0/kernel [9,3]',
  'second/b [3]',
  'second/named/heads_a/bias [2]',
  'second/named/heads_a/kernel [4,2]',
  'second/named/heads_b_0/bias [1]',
  'second/named/heads_b_0/kernel [4,1]',
  'second/named/heads_b_1/Dense_0/bias [4]',
  'second/named/heads_b_1/Dense_0/kernel [1,4]',
  'second/named/renamed/bias [3]',
  'second/named/renamed/kernel [4,3]',
  'second/named/seq/layers_0/bias [3]',
  'second/named/seq/layers_0/kernel [6,3]',
  'second/named/seq/layers_2/Dense_0/bias [4]',
  'second/named/seq/layers_2/Dense_0/kernel [3,4]',
  'second/named/shared/bias [4]',
  'second/named/shared/kernel [4,4]',
  'second/named/stack_0/Dense_0/bias [3]',
  'second/named/stack_0/Dense_0/kernel [4,3]',
  'second/named/stack_1/Dense_0/bias [4]',
  'second/named/stack_1/Dense_0/kernel [3,4]',
  'second/s/bias [2]',
  'second/s/kernel [3,2]',
  'second/w [4,3]',
];

describe('linen names modules', () => {
  it(`as Flax does: ${MEASURED.length} parameters`, () => {
    const network = networkOf(PROGRAM);
    const params = [...network.nodes, ...network.unreached].flatMap((n) => n.params);
    expect([...new Set(params.map((p) => `${p.path} [${p.shape?.join(',')}]`))].sort()).toEqual([...MEASURED].sort());
  });
});
