import { describe, expect, it } from 'vitest';
import { described, networkOf } from '../keras/analyse.ts';

const HEAD = `import functools
import jax
import jax.numpy as jnp
from flax import linen as nn
from flax import nnx
`;

/** A compact linen model over an input of this shape. */
const linen = (shape: string, body: string): string =>
  described(`${HEAD}
class Net(nn.Module):
    @nn.compact
    def __call__(self, x, train=True):
${body
  .trim()
  .split('\n')
  .map((line) => `        ${line}`)
  .join('\n')}

Net().init(jax.random.key(0), jnp.ones(${shape}), train=False)
`);

describe('linen', () => {
  it('takes shapes from init, trains whatever a sample call says, and names layers in order', () => {
    expect(
      linen(
        '(1, 28, 28, 1)',
        `
x = nn.Conv(8, (3, 3), strides=2)(x)
x = nn.BatchNorm(use_running_average=not train)(x)
x = nn.max_pool(nn.relu(x), (2, 2), strides=(2, 2))
x = nn.Dropout(0.5, deterministic=not train)(x.reshape((x.shape[0], -1)))
return nn.Dense(10, use_bias=False)(x)`,
      ),
    ).toMatchInlineSnapshot(`
      "
      0 x = input() [B,28,28,1]
      1 Conv_0 = conv(0) [B,14,14,8]
          Conv_0/kernel [3,3,1,8] fan 9 1/fanIn truncatedNormal default
          Conv_0/bias [8] 0 default
      2 BatchNorm_0 = batchNorm(1) [B,14,14,8]
          BatchNorm_0/scale [8] 1 default
          BatchNorm_0/bias [8] 0 default
          BatchNorm_0/mean [8] 0 default frozen
          BatchNorm_0/var [8] 1 default frozen
      3 relu = relu(2) [B,14,14,8]
      4 max_pool = pool(3) [B,7,7,8]
      5 reshape = reshape(4) [B,392]
      6 Dropout_0 = dropout(5) [B,392]
      7 Dense_0 = dense(6) [B,10]
          Dense_0/kernel [392,10] fan 392 1/fanIn truncatedNormal default
      outputs 7
      "
    `);
  });

  it('pools with stride one where none is given, as Flax does', () => {
    const network = networkOf(`${HEAD}
class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Dense(1)(nn.avg_pool(x, (2, 2)))

Net().init(jax.random.key(0), jnp.ones((1, 6, 6, 3)))
`);
    expect(network.nodes.find((n) => n.op.kind === 'pool')?.shape?.slice(1)).toEqual([5, 5, 3]);
  });

  it('scans over layers with stacked parameters', () => {
    expect(
      described(`${HEAD}
class Block(nn.Module):
    @nn.compact
    def __call__(self, x, _):
        return nn.tanh(nn.Dense(4)(x)), None

class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        stack = nn.scan(nn.remat(Block), variable_axes={'params': 0}, split_rngs={'params': True}, length=2)
        x, _ = stack(name='stack')(x, None)
        return x

net = Net()
net.init(jax.random.key(0), jnp.ones((1, 4)))
`),
    ).toMatchInlineSnapshot(`
      "
      0 x = input() [B,4]
      1 stack/Dense_0 = dense(0) [B,4]
          stack/Dense_0/kernel [2,4,4] fan 4 1/fanIn truncatedNormal default
          stack/Dense_0/bias [2,4] 0 default
      2 stack/tanh = tanh(1) [B,4]
      3 stack/Dense_0 = dense(2) [B,4]
          stack/Dense_0/kernel [2,4,4] fan 4 1/fanIn truncatedNormal default
          stack/Dense_0/bias [2,4] 0 default
      4 stack/tanh = tanh(3) [B,4]
      outputs 4
      "
    `);
  });

  it('runs cells over time, hands states on, and joins directions', () => {
    expect(
      linen(
        '(1, 10, 5)',
        `
carry, x = nn.RNN(nn.LSTMCell(3), return_carry=True)(x)
x = nn.RNN(nn.OptimizedLSTMCell(3), name='second')(x, initial_carry=carry)
x = nn.Bidirectional(nn.RNN(nn.GRUCell(2)), nn.RNN(nn.SimpleCell(2)))(x)
return x[:, -1]`,
      ).replaceAll(/\n {4}.*/g, ''),
    ).toMatchInlineSnapshot(`
      "
      0 x = input() [B,10,5]
      1 LSTMCell_0 = recurrent(0) [B,10,3]
      2 RNN_0/carry = slice(1) [B,3]
      3 OptimizedLSTMCell_0 = recurrent(1, 2) [B,10,3]
      4 GRUCell_0 = recurrent(3) [B,10,2]
      5 SimpleCell_0 = recurrent(3) [B,10,2]
      6 Bidirectional_0/Bidirectional = concat(4, 5) [B,10,4]
      7 getitem = slice(6) [B,4]
      outputs 7
      "
    `);
  });

  it('keeps what it does not know open', () => {
    expect(
      linen(
        '(1, 8)',
        `
from somewhere import Mystery, start
x = nn.Dense(8, kernel_init=start)(x)
x = Mystery()(x)
return nn.relu(nn.Dense(4)(x))`,
      ),
    ).toMatchInlineSnapshot(`
      "
      0 x = input() [B,8]
      1 Dense_0 = dense(0) [B,8]
          Dense_0/kernel [8,8] fan 8 unknown (somewhere.start is not read) argument
          Dense_0/bias [8] 0 default
      2 somewhere.Mystery() = opaque somewhere.Mystery(): somewhere.Mystery(…) is not known(1) ?
      3 Dense_1 = dense(2) ?
          Dense_1/kernel [Dense_1.inputs,4] fan Dense_1.inputs 1/fanIn truncatedNormal default
          Dense_1/bias [4] 0 default
      4 relu = relu(3) ?
      outputs 4
      "
    `);
  });
});

describe('nnx', () => {
  it('has its parameters from construction on, at the paths of the attributes', () => {
    expect(
      described(`${HEAD}
class Net(nnx.Module):
    def __init__(self, din, *, rngs: nnx.Rngs):
        self.layers = nnx.List([nnx.Linear(din, 4, rngs=rngs), nnx.Linear(4, 4, use_bias=False, rngs=rngs)])
        self.scale = nnx.Param(jax.random.uniform(rngs.params(), (4,)) * 0.1)
        self.never = nnx.Linear(2, 2, kernel_init=nnx.initializers.uniform(0.2), rngs=rngs)
        self.seq = nnx.Sequential(nnx.LayerNorm(4, rngs=rngs), nnx.silu)

    def __call__(self, x):
        for layer in self.layers:
            x = self.seq(layer(x))
        return x * self.scale

net = Net(3, rngs=nnx.Rngs(0))
`),
    ).toMatchInlineSnapshot(`
      "
      0 x = input() [B,3]
      1 layers/0 = dense(0) [B,4]
          layers/0/kernel [3,4] fan 3 1/fanIn truncatedNormal default
          layers/0/bias [4] 0 default
      2 seq/layers/0 = layerNorm(1) [B,4]
          seq/layers/0/scale [4] 1 default
          seq/layers/0/bias [4] 0 default
      3 silu = silu(2) [B,4]
      4 layers/1 = dense(3) [B,4]
          layers/1/kernel [4,4] fan 4 1/fanIn truncatedNormal default
      5 seq/layers/0 = layerNorm(4) [B,4]
          seq/layers/0/scale [4] 1 default
          seq/layers/0/bias [4] 0 default
      6 silu = silu(5) [B,4]
      7 mul = scale(6) [B,4]
          scale [4] U(0, 0.1) call
      outputs 7
      unreached 8 never = dense() ?
          never/kernel [2,2] fan 2 U(0, 0.2) argument
          never/bias [2] 0 default
      "
    `);
  });

  it('stacks what vmap makes and scans over it', () => {
    expect(
      described(`${HEAD}
class Block(nnx.Module):
    def __init__(self, n, *, rngs):
        self.linear = nnx.Linear(n, n, rngs=rngs)

    def __call__(self, x):
        return nnx.relu(self.linear(x))

class Net(nnx.Module):
    def __init__(self, n=8, depth=2, *, rngs):
        @nnx.split_rngs(splits=depth)
        @nnx.vmap(in_axes=(0,), out_axes=0)
        def create(rngs):
            return Block(n, rngs=rngs)
        self.blocks = create(rngs)

    def __call__(self, x):
        forward = nnx.scan(lambda x, block: block(x), in_axes=(nnx.Carry, 0), out_axes=nnx.Carry)
        return forward(x, self.blocks)

net = Net(rngs=nnx.Rngs(0))
`),
    ).toMatchInlineSnapshot(`
      "
      0 x = input() [B,8]
      1 blocks/linear = dense(0) [B,8]
          blocks/linear/kernel [2,8,8] fan 8 1/fanIn truncatedNormal default
          blocks/linear/bias [2,8] 0 default
      2 blocks/relu = relu(1) [B,8]
      3 blocks/linear = dense(2) [B,8]
          blocks/linear/kernel [2,8,8] fan 8 1/fanIn truncatedNormal default
          blocks/linear/bias [2,8] 0 default
      4 blocks/relu = relu(3) [B,8]
      outputs 4
      "
    `);
  });

  it('leaves other uses of vmap open', () => {
    const network = networkOf(`${HEAD}
class Net(nnx.Module):
    def __init__(self, *, rngs):
        self.linear = nnx.Linear(4, 4, rngs=rngs)

    def __call__(self, x):
        return nnx.vmap(lambda row: self.linear(row))(x)
`);
    expect(network.nodes.map((n) => n.op.kind)).toEqual(['input', 'opaque']);
    expect(network.unreached.map((n) => n.path)).toEqual(['linear']);
  });

  it('draws again by assignment', () => {
    const network = networkOf(`${HEAD}
class Net(nnx.Module):
    def __init__(self, *, rngs):
        self.a = nnx.Linear(4, 4, rngs=rngs)
        self.a.kernel.value = nnx.initializers.orthogonal()(rngs.params(), (4, 4))

    def __call__(self, x):
        return self.a(x)
`);
    const kernel = network.nodes.flatMap((n) => n.params).find((p) => p.path === 'a/kernel');
    expect(kernel?.init.distribution.kind).toBe('orthogonal');
  });
});

describe('jax', () => {
  it('einsum, attention by hand, and arithmetic on draws', () => {
    expect(
      linen(
        '(1, 6, 8)',
        `
q, k, v = (nn.DenseGeneral((2, 4), name=n)(x) for n in ('q', 'k', 'v'))
s = jnp.einsum('...qhd,...khd->...hqk', q, k) / jnp.sqrt(4)
s = jnp.where(jnp.tril(jnp.ones((6, 6))) == 0, -jnp.inf, s)
o = jnp.einsum('bhqk,bkhd->bqhd', jax.nn.softmax(s), v)
w = self.param('w', lambda key, shape: jax.random.truncated_normal(key, -2, 2, shape) * (2 / shape[0]) ** 0.5, (8, 3))
return jnp.dot(o.reshape(o.shape[:2] + (-1,)), w)`,
      ),
    ).toMatchInlineSnapshot(`
      "
      0 x = input() [B,6,8]
      1 q = dense(0) [B,6,8]
          q/kernel [8,2,4] fan 8 1/fanIn truncatedNormal default
          q/bias [2,4] 0 default
      2 q/split = reshape(1) [B,6,2,4]
      3 k = dense(0) [B,6,8]
          k/kernel [8,2,4] fan 8 1/fanIn truncatedNormal default
          k/bias [2,4] 0 default
      4 k/split = reshape(3) [B,6,2,4]
      5 v = dense(0) [B,6,8]
          v/kernel [8,2,4] fan 8 1/fanIn truncatedNormal default
          v/bias [2,4] 0 default
      6 v/split = reshape(5) [B,6,2,4]
      7 einsum = permute(2) [B,2,6,4]
      8 einsum = permute(4) [B,2,6,4]
      9 einsum = matmul(7, 8) [B,2,6,6]
      10 div = affine(9) [B,2,6,6]
      11 softmax = softmax(10) [B,2,6,6]
      12 einsum = permute(6) [B,2,4,6]
      13 einsum = matmul(11, 12) [B,2,6,4]
      14 einsum = permute(13) [B,6,2,4]
      15 reshape = reshape(14) [B,6,8]
      16 matmul = dense(15) [B,6,3]
          w [8,3] fan 8 TN(0, 0.5) argument
      outputs 16
      "
    `);
  });

  it('leaves models of plain dictionaries alone', () => {
    expect(() =>
      networkOf(`${HEAD}
def init(key):
    return {'w': jax.random.normal(key, (4, 4))}

def predict(params, x):
    return jnp.tanh(x @ params['w'])
`),
    ).toThrow('0 networks');
  });
});
