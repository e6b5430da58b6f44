"""Network in network, all-convolutional: layers of 1 × 1 convolutions, pooled over the whole picture at the end; a table of kinds."""

import lasagne
from lasagne.layers import Conv2DLayer, DropoutLayer, FlattenLayer, GlobalPoolLayer, InputLayer, NINLayer, NonlinearityLayer
from lasagne.layers import Pool2DLayer

net = {}
net["input"] = InputLayer((None, 3, 32, 32))
net["conv1"] = Conv2DLayer(net["input"], num_filters=48, filter_size=5, pad=2, flip_filters=False)
net["cccp1"] = NINLayer(net["conv1"], num_units=40, W=lasagne.init.Normal(0.05))
net["cccp2"] = NINLayer(net["cccp1"], num_units=24, untie_biases=True)
net["pool1"] = Pool2DLayer(net["cccp2"], pool_size=3, stride=2, mode="max", ignore_border=False)
net["drop3"] = DropoutLayer(net["pool1"], p=0.5)
net["conv2"] = Conv2DLayer(net["drop3"], num_filters=48, filter_size=(3, 3), pad="same", untie_biases=True)
net["cccp3"] = NINLayer(net["conv2"], num_units=48, nonlinearity=lasagne.nonlinearities.very_leaky_rectify)
net["cccp6"] = NINLayer(net["cccp3"], num_units=10, nonlinearity=None)
net["pool3"] = GlobalPoolLayer(net["cccp6"])
net["output"] = NonlinearityLayer(net["pool3"], lasagne.nonlinearities.softmax)

network = net["output"]
