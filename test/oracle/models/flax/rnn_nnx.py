"""Recurrent text classifiers in nnx: GRU and bidirectional LSTM over embeddings."""
import jax
import jax.numpy as jnp
from flax import nnx


class TextClassifier(nnx.Module):
    def __init__(self, vocab_size: int = 200, embed: int = 32, hidden: int = 48, classes: int = 4, *, rngs: nnx.Rngs):
        self.embed = nnx.Embed(vocab_size, embed, rngs=rngs)
        self.rnn = nnx.RNN(nnx.GRUCell(embed, hidden, rngs=rngs))
        self.forward = nnx.RNN(nnx.OptimizedLSTMCell(hidden, hidden, rngs=rngs))
        self.backward = nnx.RNN(nnx.LSTMCell(hidden, hidden, rngs=rngs), reverse=True, keep_order=True)
        self.norm = nnx.RMSNorm(2 * hidden, rngs=rngs)
        self.hidden = nnx.LinearGeneral(2 * hidden, (2, hidden), rngs=rngs)
        self.out = nnx.LinearGeneral((2, hidden), classes, axis=(-2, -1), kernel_init=jax.nn.initializers.zeros, rngs=rngs)

    def __call__(self, tokens):
        x = self.rnn(self.embed(tokens))
        x = jnp.concatenate([self.forward(x), self.backward(x)], axis=-1)
        x = self.norm(x.mean(axis=1))
        x = jax.nn.tanh(self.hidden(x))
        return self.out(x)


@nnx.jit
def train_step(model, optimizer, batch):
    def loss_fn(model):
        return jnp.mean((model(batch["tokens"]) - batch["targets"]) ** 2)

    loss, grads = nnx.value_and_grad(loss_fn)(model)
    optimizer.update(model, grads)
    return loss


def build():
    return TextClassifier(rngs=nnx.Rngs(0))
