import jax
from flax import nnx

he = jax.nn.initializers.he_uniform()


class Net(nnx.Module):
    def __init__(self, rngs: nnx.Rngs):
        self.stem = nnx.Linear(20, 32, kernel_init=he, rngs=rngs)
        self.one = nnx.Linear(32, 32, kernel_init=he, rngs=rngs)
        self.two = nnx.Linear(32, 32, kernel_init=he, rngs=rngs)
        self.head = nnx.Linear(32, 10, kernel_init=he, rngs=rngs)

    def __call__(self, x):
        x = nnx.relu(self.stem(x))
        x = nnx.relu(x + self.two(nnx.relu(self.one(x))))
        return self.head(x)
