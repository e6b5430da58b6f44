import jax
import jax.numpy as jnp
from flax import linen as nn


class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        he = nn.initializers.he_normal()
        x = nn.Conv(8, (3, 3), kernel_init=he)(x)
        x = nn.relu(nn.BatchNorm(use_running_average=False, epsilon=1e-3)(x))
        x = nn.max_pool(x, (2, 2), strides=(2, 2))
        x = nn.Conv(16, (3, 3), padding="VALID", kernel_init=he)(x)
        x = nn.relu(nn.BatchNorm(use_running_average=False, epsilon=1e-3)(x))
        x = x.mean(axis=(1, 2))
        return nn.Dense(10, kernel_init=nn.initializers.glorot_normal())(x)


variables = Net().init(jax.random.key(0), jnp.ones((1, 16, 16, 3)))
