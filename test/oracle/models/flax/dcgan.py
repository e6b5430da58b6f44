"""DCGAN: N(0, 0.02) everywhere, transposed convolutions, leaky ReLU."""
from functools import partial

import jax
import jax.numpy as jnp
from flax import linen as nn

normal_init = nn.initializers.normal(stddev=0.02)
bn_init = lambda key, shape, dtype=jnp.float32: 1.0 + 0.02 * jax.random.normal(key, shape, dtype)


class Generator(nn.Module):
    features: int = 16
    training: bool = True

    @nn.compact
    def __call__(self, z):
        conv_t = partial(nn.ConvTranspose, padding="VALID", kernel_init=normal_init, use_bias=False)
        norm = partial(nn.BatchNorm, use_running_average=not self.training, scale_init=bn_init)
        x = z.reshape((z.shape[0], 1, 1, -1))
        x = conv_t(self.features * 4, kernel_size=[3, 3], strides=[1, 1])(x)
        x = norm()(x)
        x = nn.relu(x)
        x = conv_t(self.features * 4, kernel_size=[4, 4], strides=[1, 1])(x)
        x = norm()(x)
        x = nn.relu(x)
        x = conv_t(self.features * 2, kernel_size=[3, 3], strides=[2, 2])(x)
        x = norm()(x)
        x = nn.relu(x)
        x = nn.ConvTranspose(features=1, kernel_size=[4, 4], strides=[2, 2], padding="SAME", kernel_init=normal_init)(x)
        return jnp.tanh(x)


class Discriminator(nn.Module):
    features: int = 16
    training: bool = True

    @nn.compact
    def __call__(self, x):
        for i, multiplier in enumerate((1, 2, 4)):
            x = nn.Conv(
                features=self.features * multiplier, kernel_size=[4, 4], strides=[2, 2], padding="VALID", kernel_init=normal_init
            )(x)
            if i > 0:
                x = nn.BatchNorm(use_running_average=not self.training, momentum=0.9, scale_init=bn_init)(x)
            x = nn.leaky_relu(x, negative_slope=0.2)
        x = x.reshape((x.shape[0], -1))
        return nn.Dense(1, kernel_init=normal_init)(x)


@partial(jax.vmap, in_axes=(0, 0))
def bce_logits(logit, label):
    return jnp.maximum(logit, 0) - logit * label + jnp.log(1 + jnp.exp(-jnp.abs(logit)))


def make_states(key):
    key_gen, key_dis = jax.random.split(key)
    generator, discriminator = Generator(), Discriminator()
    variables_gen = generator.init(key_gen, jnp.ones((1, 64)))
    variables_dis = discriminator.init(key_dis, jnp.ones((1, 28, 28, 1)))
    return variables_gen, variables_dis
