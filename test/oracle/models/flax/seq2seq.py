"""Sequence to sequence: an LSTM encoder that hands its state to the decoder."""
from typing import Tuple

import jax
import jax.numpy as jnp
from flax import linen as nn

Array = jax.Array
VOCAB = 16


class Encoder(nn.Module):
    hidden_size: int

    @nn.compact
    def __call__(self, inputs: Array):
        x = nn.Dense(self.hidden_size, kernel_init=nn.initializers.glorot_uniform(), name="embed")(inputs)
        x = nn.tanh(x)
        carry, _ = nn.RNN(nn.LSTMCell(self.hidden_size, name="cell"), return_carry=True)(x)
        return carry


class Seq2seq(nn.Module):
    hidden_size: int = 64

    @nn.compact
    def __call__(self, encoder_inputs: Array, decoder_inputs: Array) -> Tuple[Array, Array]:
        carry = Encoder(self.hidden_size)(encoder_inputs)
        decoder = nn.RNN(nn.OptimizedLSTMCell(self.hidden_size), name="decoder")
        h = decoder(decoder_inputs, initial_carry=carry)
        logits = nn.Dense(VOCAB, name="out")(h)
        return logits, nn.log_softmax(logits)


model = Seq2seq()
variables = model.init(jax.random.key(0), jnp.ones((1, 8, VOCAB)), jnp.ones((1, 5, VOCAB)))
