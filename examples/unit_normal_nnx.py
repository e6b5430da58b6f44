"""Unit normal weights in a flax.nnx network (bad).

`nnx.initializers.normal(1.0)` has a standard deviation of 1 whatever the number of inputs:
256 of them add up to a signal 16 times as large, and tanh is saturated from the first layer
on. Divided by the square root of the number of inputs it would keep its size.
"""

from flax import nnx


class Net(nnx.Module):
    def __init__(self, *, rngs: nnx.Rngs):
        self.layers = nnx.List(
            [nnx.Linear(256, 256, kernel_init=nnx.initializers.normal(1.0), rngs=rngs) for _ in range(4)]
        )
        self.head = nnx.Linear(256, 1, rngs=rngs)

    def __call__(self, x):
        for layer in self.layers:
            x = nnx.tanh(layer(x))
        return self.head(x)


model = Net(rngs=nnx.Rngs(0))
