"""A vision transformer: class token, learned positions, initializers as fields, sizes from a dictionary."""
from typing import Any, Callable, Optional, Sequence

import jax
import jax.numpy as jnp
from flax import linen as nn

Initializer = Callable[..., jax.Array]


class Positions(nn.Module):
    init: Initializer = nn.initializers.normal(stddev=0.02)

    @nn.compact
    def __call__(self, tokens):
        _, length, width = tokens.shape
        return tokens + self.param("table", self.init, (1, length, width))


class FeedForward(nn.Module):
    hidden: int
    out: Optional[int] = None
    rate: float = 0.1
    kernel_init: Initializer = nn.initializers.xavier_uniform()
    bias_init: Initializer = nn.initializers.normal(stddev=1e-6)

    @nn.compact
    def __call__(self, x, *, deterministic):
        dense = lambda width: nn.Dense(width, kernel_init=self.kernel_init, bias_init=self.bias_init)
        h = nn.gelu(dense(self.hidden)(x))
        h = nn.Dropout(self.rate)(h, deterministic=deterministic)
        h = dense(x.shape[-1] if self.out is None else self.out)(h)
        return nn.Dropout(self.rate)(h, deterministic=deterministic)


class Layer(nn.Module):
    hidden: int
    heads: int
    rate: float = 0.1

    @nn.compact
    def __call__(self, x, *, deterministic):
        attention = nn.MultiHeadDotProductAttention(
            num_heads=self.heads,
            kernel_init=nn.initializers.xavier_uniform(),
            dropout_rate=self.rate,
            deterministic=deterministic,
        )
        h = nn.LayerNorm()(x)
        x = x + nn.Dropout(rate=self.rate)(attention(h, h), deterministic=deterministic)
        h = nn.LayerNorm()(x)
        return x + FeedForward(self.hidden, rate=self.rate, name="ffn")(h, deterministic=deterministic)


class ViT(nn.Module):
    classes: int
    patch: Sequence[int]
    width: int
    depth: int
    encoder: Any
    pool: str = "token"
    representation: Optional[int] = None

    @nn.compact
    def __call__(self, images, *, train):
        x = nn.Conv(self.width, self.patch, strides=self.patch, padding="VALID", name="patches")(images)
        batch, rows, columns, width = x.shape
        x = jnp.reshape(x, [batch, rows * columns, width])
        if self.pool == "token":
            token = self.param("token", nn.initializers.zeros, (1, 1, width))
            x = jnp.concatenate([jnp.tile(token, [batch, 1, 1]), x], axis=1)
        x = Positions(name="positions")(x)
        for i in range(self.depth):
            x = Layer(**self.encoder, name=f"layer_{i}")(x, deterministic=not train)
        x = nn.LayerNorm(name="norm")(x)
        x = x[:, 0] if self.pool == "token" else x.mean(axis=1)
        if self.representation is not None:
            x = nn.tanh(nn.Dense(self.representation, name="representation")(x))
        return nn.Dense(self.classes, kernel_init=nn.initializers.zeros, bias_init=nn.initializers.constant(-1.5), name="head")(x)


SIZES = {"tiny": dict(width=64, depth=3, encoder={"hidden": 256, "heads": 4})}

vit = ViT(classes=10, patch=(8, 8), representation=48, **SIZES["tiny"])


def count(key):
    params = vit.init(key, jnp.ones((1, 64, 64, 3)), train=False)["params"]
    return sum(leaf.size for leaf in jax.tree_util.tree_leaves(params))


total = count(jax.random.key(0))
