"""Flax's default in a deep ReLU network (bad).

Dense and Conv draw from LeCun normal, made for units that pass everything on. ReLU drops
half of the variance, so that twelve layers keep 2⁻¹² of it. He normal keeps all of it.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn


class DeepNet(nn.Module):
    width: int = 256
    depth: int = 12

    @nn.compact
    def __call__(self, x):
        for _ in range(self.depth):
            x = nn.relu(nn.Dense(self.width)(x))
        return nn.Dense(10)(x)


model = DeepNet()
params = model.init(jax.random.key(0), jnp.ones((1, 784)))
