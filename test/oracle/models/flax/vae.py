"""A variational autoencoder: parts made in setup, noise drawn in the call."""
from typing import Sequence

import jax
import jax.numpy as jnp
from flax import linen as nn


class Perceptron(nn.Module):
    widths: Sequence[int]

    @nn.compact
    def __call__(self, x):
        for i, width in enumerate(self.widths):
            x = nn.softplus(nn.Dense(width, name=f"hidden_{i}")(x))
        return x


class Gaussian(nn.Module):
    """Mean and logarithm of the variance."""

    latents: int

    def setup(self):
        self.body = Perceptron((400, 200))
        self.mean = nn.Dense(self.latents)
        self.log_variance = nn.Dense(self.latents, kernel_init=nn.initializers.zeros)

    def __call__(self, x):
        h = self.body(x)
        return self.mean(h), self.log_variance(h)


class VariationalAutoencoder(nn.Module):
    latents: int = 16
    pixels: int = 784

    def setup(self):
        self.encoder = Gaussian(self.latents)
        self.decoder = nn.Sequential([Perceptron((200, 400)), nn.Dense(self.pixels)])

    def __call__(self, x, noise_key):
        mean, log_variance = self.encoder(x)
        z = sample(noise_key, mean, log_variance)
        return self.decoder(z), mean, log_variance

    def decode(self, z):
        return nn.sigmoid(self.decoder(z))


def sample(key, mean, log_variance):
    return mean + jnp.exp(log_variance / 2) * jax.random.normal(key, mean.shape)


def make(latents):
    return VariationalAutoencoder(latents=latents)


def train(batch_size, steps):
    key, noise = jax.random.split(jax.random.key(0))
    model = make(16)
    params = model.init(key, jnp.zeros((batch_size, 784)), noise)["params"]
    for _ in range(steps):
        pass
    return params
