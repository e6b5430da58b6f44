"""An image classifier with batch norm and dropout in nnx, and an autoencoder out of nnx.Sequential."""
from functools import partial

import jax.numpy as jnp
from flax import nnx


class Stage(nnx.Module):
    def __init__(self, cin: int, cout: int, rate: float, *, rngs: nnx.Rngs, kernel_init=nnx.initializers.lecun_normal()):
        self.conv = nnx.Conv(cin, cout, kernel_size=(3, 3), kernel_init=kernel_init, rngs=rngs)
        self.norm = nnx.BatchNorm(cout, rngs=rngs)
        self.drop = nnx.Dropout(rate, rngs=rngs)
        self.pool = partial(nnx.avg_pool, window_shape=(2, 2), strides=(2, 2))

    def __call__(self, x):
        return self.pool(nnx.relu(self.norm(self.drop(self.conv(x)))))


class Classifier(nnx.Module):
    def __init__(self, classes: int = 10, *, rngs: nnx.Rngs):
        self.first = Stage(1, 24, 0.05, rngs=rngs)
        self.second = Stage(24, 64, 0.05, rngs=rngs, kernel_init=nnx.initializers.he_normal())
        self.hidden = nnx.Linear(7 * 7 * 64, 128, rngs=rngs)
        self.out = nnx.Linear(128, classes, rngs=rngs)

    def __call__(self, x):
        x = self.second(self.first(x))
        x = x.reshape(x.shape[0], -1)
        return self.out(nnx.relu(self.hidden(x)))


class AutoEncoder(nnx.Module):
    def __init__(self, din: int = 64, width: int = 48, latent: int = 8, *, rngs: nnx.Rngs):
        init = nnx.initializers.orthogonal(scale=2**0.5)
        self.encoder = nnx.Sequential(
            nnx.Linear(din, width, kernel_init=init, rngs=rngs), nnx.relu, nnx.Linear(width, latent, rngs=rngs)
        )
        self.decoder = nnx.Sequential(
            nnx.Linear(latent, width, kernel_init=init, rngs=rngs), nnx.elu, nnx.Linear(width, din, rngs=rngs), nnx.sigmoid
        )

    def __call__(self, x):
        return self.decoder(self.encoder(x))


classifier = Classifier(rngs=nnx.Rngs(0))
autoencoder = AutoEncoder(rngs=nnx.Rngs(1))
y = autoencoder(jnp.zeros((4, 64)))
