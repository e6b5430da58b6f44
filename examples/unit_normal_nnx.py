"""Unit normal weights in layers written by hand in flax.nnx (bad).

`jax.random.normal` has a standard deviation of 1 whatever the number of inputs: 256 of
them add up to a signal 16 times as large, and tanh is saturated from the first layer on.
Divided by the square root of the number of inputs it would keep its size.
"""

import jax
from flax import nnx


class Layer(nnx.Module):
    def __init__(self, inputs: int, outputs: int, *, rngs: nnx.Rngs):
        self.w = nnx.Param(jax.random.normal(rngs.params(), (inputs, outputs)))
        self.b = nnx.Param(jax.numpy.zeros((outputs,)))

    def __call__(self, x):
        return x @ self.w + self.b


class Net(nnx.Module):
    def __init__(self, *, rngs: nnx.Rngs):
        self.layers = nnx.List([Layer(256, 256, rngs=rngs) for _ in range(4)])
        self.head = nnx.Linear(256, 1, rngs=rngs)

    def __call__(self, x):
        for layer in self.layers:
            x = nnx.tanh(layer(x))
        return self.head(x)


model = Net(rngs=nnx.Rngs(0))
