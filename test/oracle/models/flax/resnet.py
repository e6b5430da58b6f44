"""Residual networks: the unit's class is a field, convolution and norm are partials made in the call."""
import functools
from typing import Any, Callable, Sequence

import jax
import jax.numpy as jnp
from flax import linen as nn


class BasicUnit(nn.Module):
    width: int
    conv: Any
    norm: Any
    act: Callable = nn.relu
    stride: int = 1

    @nn.compact
    def __call__(self, x):
        strides = (self.stride, self.stride)
        h = self.act(self.norm()(self.conv(self.width, (3, 3), strides)(x)))
        h = self.norm(scale_init=nn.initializers.zeros_init())(self.conv(self.width, (3, 3))(h))
        if x.shape != h.shape:
            x = self.norm(name="shortcut_norm")(self.conv(self.width, (1, 1), strides, name="shortcut")(x))
        return self.act(x + h)


class BottleneckUnit(nn.Module):
    width: int
    conv: Any
    norm: Any
    act: Callable = nn.relu
    stride: int = 1
    expansion: int = 4

    @nn.compact
    def __call__(self, x):
        strides = (self.stride, self.stride)
        out = self.width * self.expansion
        h = self.act(self.norm()(self.conv(self.width, (1, 1))(x)))
        h = self.act(self.norm()(self.conv(self.width, (3, 3), strides)(h)))
        h = self.norm(scale_init=nn.initializers.zeros)(self.conv(out, (1, 1))(h))
        if x.shape != h.shape:
            x = self.norm(name="shortcut_norm")(self.conv(out, (1, 1), strides, name="shortcut")(x))
        return self.act(x + h)


class ResidualNet(nn.Module):
    depths: Sequence[int]
    unit: Any
    classes: int
    base: int = 64
    dtype: Any = jnp.float32
    kernel_init: Callable = nn.initializers.variance_scaling(2.0, "fan_out", "normal")

    @nn.compact
    def __call__(self, x, train: bool = True):
        conv = functools.partial(nn.Conv, use_bias=False, dtype=self.dtype, kernel_init=self.kernel_init)
        norm = functools.partial(nn.BatchNorm, use_running_average=not train, momentum=0.9, dtype=self.dtype)
        x = conv(self.base, (7, 7), (2, 2), padding=[(3, 3), (3, 3)], name="stem")(x)
        x = nn.relu(norm(name="stem_norm")(x))
        x = nn.max_pool(x, (3, 3), strides=(2, 2), padding="SAME")
        for stage, depth in enumerate(self.depths):
            for position in range(depth):
                stride = 2 if stage > 0 and position == 0 else 1
                x = self.unit(self.base << stage, conv=conv, norm=norm, stride=stride)(x)
        x = x.mean(axis=(1, 2))
        return nn.Dense(self.classes, dtype=self.dtype, name="head")(x)


resnet18 = functools.partial(ResidualNet, depths=(2, 2, 2, 2), unit=BasicUnit)
resnet50 = functools.partial(ResidualNet, depths=(1, 1, 1, 1), unit=BottleneckUnit, base=16)

small = resnet18(classes=10)
variables = small.init(jax.random.key(0), jnp.ones((1, 64, 64, 3)), train=False)


def bottleneck(classes=10, side=64):
    net = resnet50(classes=classes)
    return net, net.init(jax.random.key(1), jnp.ones((1, side, side, 3)))
