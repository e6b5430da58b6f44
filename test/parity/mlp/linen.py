import jax
import jax.numpy as jnp
from flax import linen as nn


class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        x = nn.relu(nn.Dense(64, kernel_init=nn.initializers.he_normal())(x))
        x = nn.tanh(nn.Dense(32, kernel_init=nn.initializers.glorot_uniform())(x))
        return nn.Dense(10, kernel_init=nn.initializers.normal(0.01))(x)


model = Net()
variables = model.init(jax.random.key(0), jnp.ones((1, 20)))
