"""Denoising U-Net: time embedding, group norms, attention in the middle, resizing by jax.image."""
import math
from typing import Sequence

import jax
import jax.numpy as jnp
from flax import linen as nn


class SinusoidalEmbedding(nn.Module):
    dim: int

    @nn.compact
    def __call__(self, t):
        half = self.dim // 2
        freqs = jnp.exp(jnp.arange(half) * -(math.log(10000) / (half - 1)))
        args = t[:, None] * freqs[None, :]
        return jnp.concatenate([jnp.sin(args), jnp.cos(args)], axis=-1)


class ResBlock(nn.Module):
    features: int
    groups: int = 8

    @nn.compact
    def __call__(self, x, emb):
        h = nn.GroupNorm(num_groups=self.groups)(x)
        h = nn.swish(h)
        h = nn.Conv(self.features, (3, 3))(h)
        h = h + nn.Dense(self.features)(nn.swish(emb))[:, None, None, :]
        h = nn.GroupNorm(num_groups=self.groups)(h)
        h = nn.swish(h)
        h = nn.Conv(self.features, (3, 3), kernel_init=nn.initializers.zeros_init())(h)
        if x.shape[-1] != self.features:
            x = nn.Conv(self.features, (1, 1), name="shortcut")(x)
        return x + h


class AttnBlock(nn.Module):
    heads: int = 4

    @nn.compact
    def __call__(self, x):
        b, h, w, c = x.shape
        y = nn.GroupNorm(num_groups=8)(x).reshape(b, h * w, c)
        y = nn.SelfAttention(num_heads=self.heads)(y)
        return x + y.reshape(b, h, w, c)


class Downsample(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Conv(x.shape[-1], (3, 3), strides=(2, 2), padding=1)(x)


class Upsample(nn.Module):
    @nn.compact
    def __call__(self, x):
        b, h, w, c = x.shape
        x = jax.image.resize(x, (b, h * 2, w * 2, c), method="nearest")
        return nn.Conv(c, (3, 3))(x)


class UNet(nn.Module):
    dim: int = 32
    mults: Sequence[int] = (1, 2, 4)
    channels: int = 3

    @nn.compact
    def __call__(self, x, time):
        emb = SinusoidalEmbedding(self.dim)(time)
        emb = nn.Dense(self.dim * 4)(emb)
        emb = nn.swish(emb)
        emb = nn.Dense(self.dim * 4)(emb)
        h = nn.Conv(self.dim, (3, 3), name="stem")(x)
        skips = [h]
        for i, mult in enumerate(self.mults):
            h = ResBlock(self.dim * mult, name=f"down_{i}")(h, emb)
            skips.append(h)
            if i < len(self.mults) - 1:
                h = Downsample()(h)
        h = ResBlock(h.shape[-1], name="mid_0")(h, emb)
        h = AttnBlock()(h)
        h = ResBlock(h.shape[-1], name="mid_1")(h, emb)
        for i, mult in reversed(list(enumerate(self.mults))):
            h = ResBlock(self.dim * mult, name=f"up_{i}")(jnp.concatenate([h, skips.pop()], axis=-1), emb)
            if i > 0:
                h = Upsample()(h)
        h = nn.swish(nn.GroupNorm(num_groups=8)(h))
        return nn.Conv(self.channels, (3, 3), name="out")(h)


def init_state(rng):
    unet = UNet()
    return unet, unet.init(rng, jnp.ones((1, 32, 32, 3)), jnp.ones((1,)))
