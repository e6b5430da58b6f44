"""LeNet as a script: variables one after the other, initializers by name, training below."""

import theano
import theano.tensor as T
from lasagne import init, layers, nonlinearities, objectives, updates
from lasagne.layers import Conv2DLayer, DenseLayer, InputLayer, MaxPool2DLayer, get_output

BATCH = 64
X = T.tensor4("X")
y = T.ivector("y")

l_in = InputLayer((BATCH, 1, 28, 28), X)
l_conv1 = Conv2DLayer(l_in, 20, 5, W=init.HeNormal(gain="relu"), b=init.Constant(0.1))
l_pool1 = MaxPool2DLayer(l_conv1, 2)
l_conv2 = Conv2DLayer(l_pool1, 50, 5, W=init.HeUniform(), nonlinearity=nonlinearities.tanh)
l_pool2 = MaxPool2DLayer(l_conv2, 2)
l_fc = DenseLayer(l_pool2, 500, W=init.GlorotNormal(), nonlinearity=nonlinearities.ScaledTanH(2.0 / 3, 1.7159))
l_drop = layers.dropout(l_fc)
l_out = DenseLayer(l_drop, 10, W=init.Normal(std=0.05), nonlinearity=nonlinearities.softmax)

train_out = get_output(l_out)
loss = objectives.categorical_crossentropy(train_out, y).mean()
params = layers.get_all_params(l_out, trainable=True)
step = theano.function([X, y], loss, updates=updates.adam(loss, params))
