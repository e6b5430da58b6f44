"""SIREN: sine layers with the initializers of the paper as closures."""
from typing import Callable

import jax
import jax.numpy as jnp
from flax import linen as nn


def siren_init(weight_std, dtype):
    def init_fun(key, shape, dtype=dtype):
        if dtype == jnp.dtype(jnp.array([1])):
            dtype = jnp.float32
        return jax.random.uniform(key, shape, dtype) * 2 * weight_std - weight_std

    return init_fun


def uniform_between(limit):
    def init(key, shape, dtype=jnp.float32):
        return jax.random.uniform(key, shape, dtype, minval=-limit, maxval=limit)

    return init


class SineLayer(nn.Module):
    features: int
    w0: float = 30.0
    is_first: bool = False

    @nn.compact
    def __call__(self, x):
        n_in = x.shape[-1]
        limit = 1 / n_in if self.is_first else jnp.sqrt(6 / n_in) / self.w0
        x = nn.Dense(self.features, kernel_init=uniform_between(limit), bias_init=uniform_between(1 / n_in**0.5))(x)
        return jnp.sin(self.w0 * x)


class Siren(nn.Module):
    hidden: int = 128
    layers: int = 3
    out: int = 3
    final: Callable = lambda x: x

    @nn.compact
    def __call__(self, coords):
        x = coords
        for i in range(self.layers):
            x = SineLayer(self.hidden, is_first=i == 0)(x)
        return self.final(nn.Dense(self.out, kernel_init=uniform_between((6 / self.hidden) ** 0.5 / 30))(x))


model = Siren()
params = model.init(jax.random.key(0), jnp.zeros((1, 2)))
