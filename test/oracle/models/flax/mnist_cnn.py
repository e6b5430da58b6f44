"""Digits: two convolutions and a head in one compact method, set up by a function for training."""
import jax
import jax.numpy as jnp
from flax import linen as nn


class DigitNet(nn.Module):
    """Convolutions, pools, two dense layers."""

    classes: int = 10

    @nn.compact
    def __call__(self, images):
        h = images
        for width in (16, 48):
            h = nn.Conv(features=width, kernel_size=(5, 5), padding="VALID")(h)
            h = nn.relu(h)
            h = nn.max_pool(h, window_shape=(2, 2), strides=(2, 2))
        h = h.reshape((h.shape[0], -1))
        h = nn.relu(nn.Dense(features=120)(h))
        return nn.Dense(features=self.classes)(h)


def loss_fn(params, apply_fn, images, labels):
    logits = apply_fn({"params": params}, images)
    targets = jax.nn.one_hot(labels, logits.shape[-1])
    return -jnp.mean(jnp.sum(targets * jax.nn.log_softmax(logits), axis=-1))


@jax.jit
def train_step(state, images, labels):
    loss, grads = jax.value_and_grad(loss_fn)(state.params, state.apply_fn, images, labels)
    return state.apply_gradients(grads=grads), loss


def start(seed, learning_rate):
    import optax
    from flax.training.train_state import TrainState

    net = DigitNet()
    variables = net.init(jax.random.PRNGKey(seed), jnp.zeros((1, 28, 28, 1)))
    return TrainState.create(apply_fn=net.apply, params=variables["params"], tx=optax.adam(learning_rate))
