"""Residual network of a configuration, functional, with augmentation and L2."""
from dataclasses import dataclass, field

import keras
from keras import layers, regularizers


@dataclass
class Config:
    image_size: int = 32
    channels: int = 3
    widths: list = field(default_factory=lambda: [16, 32, 64])
    blocks: int = 2
    weight_decay: float = 1e-4
    num_classes: int = 10


CONFIG = Config()

augment = keras.Sequential(
    [layers.RandomFlip("horizontal"), layers.RandomTranslation(0.1, 0.1), layers.RandomRotation(0.02)], name="augment"
)


def conv(x, filters, size=3, strides=1, name=None):
    return layers.Conv2D(
        filters,
        size,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        kernel_regularizer=regularizers.L2(CONFIG.weight_decay),
        name=name,
    )(x)


def residual(x, filters, strides=1):
    shortcut = x
    y = layers.BatchNormalization()(x)
    y = layers.Activation("relu")(y)
    if strides != 1 or x.shape[-1] != filters:
        shortcut = conv(y, filters, 1, strides)
    y = conv(y, filters, strides=strides)
    y = layers.BatchNormalization()(y)
    y = keras.activations.relu(y)
    y = conv(y, filters)
    return y + shortcut


def build(config=CONFIG):
    inputs = keras.Input((config.image_size, config.image_size, config.channels))
    x = augment(inputs)
    x = layers.Rescaling(1.0 / 127.5, offset=-1)(x)
    x = conv(x, config.widths[0], name="stem")
    for i, width in enumerate(config.widths):
        for j in range(config.blocks):
            x = residual(x, width, strides=2 if i > 0 and j == 0 else 1)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(config.num_classes, kernel_initializer="zeros")(x)
    return keras.Model(inputs, outputs, name="resnet")


model = build()
model.compile(
    optimizer=keras.optimizers.SGD(0.1, momentum=0.9),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
)
