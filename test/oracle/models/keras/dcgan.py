"""DCGAN: functions that make a generator and a discriminator, normal weights of 0.02, a loop of its own."""
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

LATENT = 100
weight_init = keras.initializers.RandomNormal(mean=0.0, stddev=0.02)


def upsample(filters, size=4, apply_dropout=False):
    block = keras.Sequential()
    block.add(
        layers.Conv2DTranspose(
            filters,
            size,
            strides=2,
            padding="same",
            kernel_initializer=keras.initializers.RandomNormal(0.0, 0.02),
            use_bias=False,
        )
    )
    block.add(layers.BatchNormalization())
    if apply_dropout:
        block.add(layers.Dropout(0.5))
    block.add(layers.ReLU())
    return block


def make_generator():
    model = keras.Sequential(name="generator")
    model.add(keras.Input(shape=(LATENT,)))
    model.add(layers.Dense(4 * 4 * 512, use_bias=False, kernel_initializer=weight_init))
    model.add(layers.BatchNormalization())
    model.add(layers.LeakyReLU())
    model.add(layers.Reshape((4, 4, 512)))
    for filters, dropout in ((256, True), (128, False), (64, False)):
        model.add(upsample(filters, apply_dropout=dropout))
    model.add(layers.Conv2DTranspose(3, 4, strides=2, padding="same", activation="tanh", kernel_initializer=weight_init))
    return model


def make_discriminator():
    return keras.Sequential(
        [
            keras.Input(shape=(64, 64, 3)),
            layers.Conv2D(64, 4, strides=2, padding="same", kernel_initializer=weight_init),
            layers.LeakyReLU(0.2),
            layers.Conv2D(128, 4, strides=2, padding="same", kernel_initializer="random_normal"),
            layers.BatchNormalization(),
            layers.LeakyReLU(0.2),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(1),
        ],
        name="discriminator",
    )


generator = make_generator()
discriminator = make_discriminator()
cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)


@tf.function
def train_step(images):
    noise = tf.random.normal([tf.shape(images)[0], LATENT])
    with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
        generated = generator(noise, training=True)
        real_output = discriminator(images, training=True)
        fake_output = discriminator(generated, training=True)
        gen_loss = cross_entropy(tf.ones_like(fake_output), fake_output)
        disc_loss = cross_entropy(tf.ones_like(real_output), real_output) + cross_entropy(
            tf.zeros_like(fake_output), fake_output
        )
    return gen_tape.gradient(gen_loss, generator.trainable_variables), disc_tape.gradient(
        disc_loss, discriminator.trainable_variables
    )
