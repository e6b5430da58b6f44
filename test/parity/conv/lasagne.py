from lasagne.init import GlorotNormal, HeNormal
from lasagne.layers import (
    BatchNormLayer,
    Conv2DLayer,
    DenseLayer,
    GlobalPoolLayer,
    InputLayer,
    MaxPool2DLayer,
    NonlinearityLayer,
)
from lasagne.nonlinearities import rectify

he = HeNormal(gain="relu")
net = {"input": InputLayer((None, 3, 16, 16))}
net["conv1"] = Conv2DLayer(net["input"], 8, 3, pad="same", nonlinearity=None, W=he)
net["relu1"] = NonlinearityLayer(BatchNormLayer(net["conv1"], epsilon=1e-3), rectify)
net["pool1"] = MaxPool2DLayer(net["relu1"], 2)
net["conv2"] = Conv2DLayer(net["pool1"], 16, 3, nonlinearity=None, W=he)
net["relu2"] = NonlinearityLayer(BatchNormLayer(net["conv2"], epsilon=1e-3), rectify)
net["pool2"] = GlobalPoolLayer(net["relu2"])
net["logits"] = DenseLayer(net["pool2"], 10, nonlinearity=None, W=GlorotNormal())
