import jax
from flax import nnx

he = jax.nn.initializers.he_normal()


class Net(nnx.Module):
    def __init__(self, rngs: nnx.Rngs):
        self.first = nnx.Linear(20, 64, kernel_init=he, rngs=rngs)
        self.second = nnx.Linear(64, 32, kernel_init=jax.nn.initializers.glorot_uniform(), rngs=rngs)
        self.head = nnx.Linear(32, 10, kernel_init=jax.nn.initializers.normal(0.01), rngs=rngs)

    def __call__(self, x):
        return self.head(nnx.tanh(self.second(nnx.relu(self.first(x)))))
