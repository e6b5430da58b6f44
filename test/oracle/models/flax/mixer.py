"""MLP-Mixer: perceptrons over tokens and over channels in turn."""
import jax
import jax.numpy as jnp
from flax import linen as nn


class Mix(nn.Module):
    hidden: int

    @nn.compact
    def __call__(self, x):
        return nn.Dense(x.shape[-1])(nn.gelu(nn.Dense(self.hidden)(x), approximate=False))


class MixerLayer(nn.Module):
    over_tokens: int
    over_channels: int

    @nn.compact
    def __call__(self, x):
        h = jnp.swapaxes(nn.LayerNorm()(x), 1, 2)
        h = jnp.swapaxes(Mix(self.over_tokens, name="tokens")(h), 1, 2)
        x = x + h
        return x + Mix(self.over_channels, name="channels")(nn.LayerNorm()(x))


class Mixer(nn.Module):
    classes: int
    patch: int = 16
    width: int = 96
    layers: int = 4
    ratio: tuple = (0.5, 4.0)

    @nn.compact
    def __call__(self, x, *, train: bool):
        del train
        size = (self.patch, self.patch)
        x = nn.Conv(self.width, size, strides=size, name="stem")(x)
        x = x.reshape(x.shape[0], -1, x.shape[-1])
        tokens, channels = (int(r * self.width) for r in self.ratio)
        for _ in range(self.layers):
            x = MixerLayer(tokens, channels)(x)
        x = jnp.mean(nn.LayerNorm(name="norm")(x), axis=1)
        return nn.Dense(self.classes, kernel_init=nn.initializers.zeros, name="head")(x)


mixer = Mixer(classes=100)
print(mixer.tabulate(jax.random.key(0), jnp.ones((1, 64, 64, 3)), train=False))
