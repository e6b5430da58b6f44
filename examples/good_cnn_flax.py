"""He weights in a convolutional network of flax.linen (good).

Every layer in front of a ReLU says so by its initializer. The head starts at zero on
purpose: all classes are equally likely before the first step.
"""

import jax
import jax.numpy as jnp
from flax import linen as nn

he = nn.initializers.he_normal()


class ConvNet(nn.Module):
    classes: int = 10

    @nn.compact
    def __call__(self, x, train: bool = True):
        for features in (32, 64, 128):
            x = nn.relu(nn.Conv(features, (3, 3), kernel_init=he)(x))
            x = nn.max_pool(x, (2, 2), strides=(2, 2))
        x = x.mean(axis=(1, 2))
        x = nn.relu(nn.Dense(256, kernel_init=he)(x))
        x = nn.Dropout(0.1, deterministic=not train)(x)
        return nn.Dense(self.classes, kernel_init=nn.initializers.zeros)(x)


model = ConvNet()
variables = model.init(jax.random.key(0), jnp.ones((1, 32, 32, 3)), train=False)
