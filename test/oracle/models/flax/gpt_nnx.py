"""GPT in nnx with a configuration, residual scaling of the projections and a learned position table."""
import math
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from flax import nnx


@dataclass
class GPTConfig:
    block_size: int = 32
    vocab_size: int = 128
    n_layer: int = 3
    n_head: int = 4
    n_embd: int = 64
    dropout: float = 0.1


class CausalSelfAttention(nnx.Module):
    def __init__(self, config: GPTConfig, *, rngs: nnx.Rngs):
        assert config.n_embd % config.n_head == 0
        self.c_attn = nnx.Linear(config.n_embd, 3 * config.n_embd, kernel_init=nnx.initializers.normal(stddev=0.02), rngs=rngs)
        self.c_proj = nnx.Linear(
            config.n_embd,
            config.n_embd,
            kernel_init=nnx.initializers.normal(stddev=0.02 / math.sqrt(2 * config.n_layer)),
            rngs=rngs,
        )
        self.dropout = nnx.Dropout(config.dropout, rngs=rngs)
        self.n_head = config.n_head

    def __call__(self, x):
        b, t, c = x.shape
        q, k, v = jnp.split(self.c_attn(x), 3, axis=-1)
        q = q.reshape(b, t, self.n_head, c // self.n_head).transpose(0, 2, 1, 3)
        k = k.reshape(b, t, self.n_head, c // self.n_head).transpose(0, 2, 1, 3)
        v = v.reshape(b, t, self.n_head, c // self.n_head).transpose(0, 2, 1, 3)
        att = (q @ k.transpose(0, 1, 3, 2)) * (1.0 / math.sqrt(k.shape[-1]))
        mask = jnp.tril(jnp.ones((t, t), dtype=bool))
        att = jnp.where(mask, att, -1e9)
        att = nnx.softmax(att, axis=-1)
        y = att @ v
        y = y.transpose(0, 2, 1, 3).reshape(b, t, c)
        return self.dropout(self.c_proj(y))


class MLP(nnx.Module):
    def __init__(self, config: GPTConfig, *, rngs: nnx.Rngs):
        self.c_fc = nnx.Linear(config.n_embd, 4 * config.n_embd, rngs=rngs)
        self.c_proj = nnx.Linear(4 * config.n_embd, config.n_embd, rngs=rngs)

    def __call__(self, x):
        return self.c_proj(nnx.gelu(self.c_fc(x)))


class Block(nnx.Module):
    def __init__(self, config: GPTConfig, *, rngs: nnx.Rngs):
        self.ln_1 = nnx.LayerNorm(config.n_embd, rngs=rngs)
        self.attn = CausalSelfAttention(config, rngs=rngs)
        self.ln_2 = nnx.LayerNorm(config.n_embd, rngs=rngs)
        self.mlp = MLP(config, rngs=rngs)

    def __call__(self, x):
        x = x + self.attn(self.ln_1(x))
        x = x + self.mlp(self.ln_2(x))
        return x


class GPT(nnx.Module):
    def __init__(self, config: GPTConfig = GPTConfig(), *, rngs: nnx.Rngs):
        self.wte = nnx.Embed(config.vocab_size, config.n_embd, embedding_init=nnx.initializers.normal(0.02), rngs=rngs)
        self.wpe = nnx.Param(0.01 * jax.random.normal(rngs.params(), (config.block_size, config.n_embd)))
        self.drop = nnx.Dropout(config.dropout, rngs=rngs)
        self.h = nnx.List([Block(config, rngs=rngs) for _ in range(config.n_layer)])
        self.ln_f = nnx.LayerNorm(config.n_embd, rngs=rngs)
        self.lm_head = nnx.Linear(config.n_embd, config.vocab_size, use_bias=False, rngs=rngs)

    def __call__(self, idx):
        t = idx.shape[1]
        x = self.wte(idx) + self.wpe[:t]
        x = self.drop(x)
        for block in self.h:
            x = block(x)
        return self.lm_head(self.ln_f(x))


if __name__ == "__main__":
    model = GPT(GPTConfig(), rngs=nnx.Rngs(0))
    logits = model(jnp.ones((2, 16), dtype=jnp.int32))
    nnx.display(model)
