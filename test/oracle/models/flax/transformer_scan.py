"""Decoder-only language model whose layers are scanned and rematerialised."""
import dataclasses

import jax
import jax.numpy as jnp
from flax import linen as nn
from flax import struct


@struct.dataclass
class TransformerConfig:
    vocab_size: int = 256
    emb_dim: int = 64
    num_heads: int = 4
    num_layers: int = 3
    mlp_dim: int = 192
    max_len: int = 32
    dropout_rate: float = 0.1
    deterministic: bool = False
    kernel_init: nn.initializers.Initializer = nn.initializers.xavier_uniform()


class MlpBlock(nn.Module):
    config: TransformerConfig

    @nn.compact
    def __call__(self, inputs):
        config = self.config
        x = nn.Dense(config.mlp_dim, kernel_init=config.kernel_init, name="wi")(inputs)
        x = nn.silu(x)
        x = nn.Dropout(rate=config.dropout_rate)(x, deterministic=config.deterministic)
        return nn.Dense(inputs.shape[-1], kernel_init=config.kernel_init, name="wo")(x)


class DecoderLayer(nn.Module):
    config: TransformerConfig

    @nn.compact
    def __call__(self, x, mask):
        config = self.config
        y = nn.RMSNorm()(x)
        y = nn.MultiHeadDotProductAttention(
            num_heads=config.num_heads,
            qkv_features=config.emb_dim,
            use_bias=False,
            kernel_init=nn.initializers.variance_scaling(1.0, "fan_avg", "truncated_normal"),
            dropout_rate=config.dropout_rate,
            deterministic=config.deterministic,
        )(y, mask=mask)
        x = x + y
        y = nn.RMSNorm()(x)
        x = x + MlpBlock(config, name="mlp")(y)
        return x, None


class TransformerLM(nn.Module):
    config: TransformerConfig

    @nn.compact
    def __call__(self, tokens):
        config = self.config
        embed = nn.Embed(config.vocab_size, config.emb_dim, embedding_init=nn.initializers.normal(stddev=1.0), name="token_embed")
        x = embed(tokens.astype("int32"))
        positions = self.param("pos_embed", nn.initializers.normal(stddev=0.02), (1, config.max_len, config.emb_dim))
        x = x + positions[:, : tokens.shape[1]]
        mask = nn.make_causal_mask(tokens)
        layer = nn.remat(DecoderLayer)
        layers = nn.scan(
            layer,
            variable_axes={"params": 0},
            split_rngs={"params": True, "dropout": True},
            in_axes=nn.broadcast,
            length=config.num_layers,
        )
        x, _ = layers(config, name="layers")(x, mask)
        x = nn.RMSNorm(name="final_norm")(x)
        return nn.Dense(config.vocab_size, use_bias=False, name="logits")(x)


lm = TransformerLM(TransformerConfig())
variables = jax.eval_shape(lm.init, jax.random.key(0), jnp.ones((1, 16), jnp.int32))
