"""U-Net with helper functions and concatenated skips."""
from tensorflow import keras
from tensorflow.keras.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Conv2DTranspose,
    Input,
    MaxPool2D,
    concatenate,
)
from tensorflow.keras.models import Model


def conv_block(tensor, nfilters, size=3, padding="same", initializer="he_normal"):
    x = Conv2D(filters=nfilters, kernel_size=(size, size), padding=padding, kernel_initializer=initializer)(tensor)
    x = BatchNormalization()(x)
    x = Activation("relu")(x)
    x = Conv2D(filters=nfilters, kernel_size=(size, size), padding=padding, kernel_initializer=initializer)(x)
    x = BatchNormalization()(x)
    return Activation("relu")(x)


def deconv_block(tensor, residual, nfilters, size=3, padding="same", strides=(2, 2)):
    y = Conv2DTranspose(nfilters, kernel_size=(size, size), strides=strides, padding=padding)(tensor)
    y = concatenate([y, residual], axis=3)
    return conv_block(y, nfilters)


def Unet(img_height=128, img_width=128, nclasses=3, filters=16):
    input_layer = Input(shape=(img_height, img_width, 3), name="image_input")
    skips = []
    x = input_layer
    for level in range(4):
        x = conv_block(x, nfilters=filters * 2**level)
        skips.append(x)
        x = MaxPool2D(pool_size=(2, 2))(x)
    x = conv_block(x, nfilters=filters * 16)
    for level, skip in reversed(list(enumerate(skips))):
        x = deconv_block(x, residual=skip, nfilters=filters * 2**level)
    output_layer = Conv2D(filters=nclasses, kernel_size=(1, 1))(x)
    output_layer = Activation("softmax")(output_layer)
    return Model(inputs=input_layer, outputs=output_layer, name="Unet")


model = Unet()
optimizer = keras.optimizers.Adam(learning_rate=1e-3)
model.compile(optimizer, "categorical_crossentropy")
