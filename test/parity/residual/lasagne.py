from lasagne.init import HeUniform
from lasagne.layers import DenseLayer, ElemwiseSumLayer, InputLayer, NonlinearityLayer
from lasagne.nonlinearities import rectify


def dense(incoming, units, nonlinearity=rectify):
    return DenseLayer(incoming, units, nonlinearity=nonlinearity, W=HeUniform(gain="relu"))


x = dense(InputLayer((None, 20)), 32)
y = dense(dense(x, 32), 32, nonlinearity=None)
x = NonlinearityLayer(ElemwiseSumLayer([x, y]), rectify)
network = dense(x, 10, nonlinearity=None)
