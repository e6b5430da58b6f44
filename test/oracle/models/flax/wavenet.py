"""Causal dilated convolutions with gates, written with setup, dicts of modules and self.param."""
import jax
import jax.numpy as jnp
from flax import linen as nn

ACTIVATIONS = {"relu": nn.relu, "tanh": nn.tanh, "swish": nn.swish}


class GatedBlock(nn.Module):
    channels: int
    dilation: int

    def setup(self):
        conv = dict(kernel_size=2, kernel_dilation=self.dilation, padding="CAUSAL")
        self.gates = {"filter": nn.Conv(self.channels, **conv), "gate": nn.Conv(self.channels, **conv)}
        self.project = [nn.Conv(self.channels, 1), nn.Conv(self.channels, 1)]
        self.scale = self.param("scale", nn.initializers.constant(0.1), (self.channels,))

    def __call__(self, x):
        h = jnp.tanh(self.gates["filter"](x)) * nn.sigmoid(self.gates["gate"](x))
        residual, skip = (layer(h) for layer in self.project)
        return x + self.scale * residual, skip


class WaveNet(nn.Module):
    channels: int = 24
    depth: int = 4
    activation: str = "relu"

    def setup(self):
        self.stem = nn.Conv(self.channels, kernel_size=[1])
        self.blocks = [GatedBlock(self.channels, 2**i) for i in range(self.depth)]
        self.head = nn.Sequential([nn.Dense(self.channels), ACTIVATIONS[self.activation], nn.Dense(1)])
        self.act = getattr(nn, self.activation)
        self.mix = self.param("mix", jax.nn.initializers.he_uniform(), (self.channels, self.channels))

    def __call__(self, x):
        x = self.stem(x)
        total = 0.0
        for block in self.blocks:
            x, skip = block(x)
            total = total + skip
        return self.head(self.act(total) @ self.mix)


wavenet = WaveNet()
variables = wavenet.init(jax.random.key(0), jnp.ones((1, 64, 1)))
