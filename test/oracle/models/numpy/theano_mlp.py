"""Hidden layers and a softmax over Theano's shared variables; a sigmoid layer takes four times Glorot's interval."""

import numpy
import theano
import theano.tensor as T


class Hidden(object):
    def __init__(self, source, below, width, rng, squash=T.tanh, W=None):
        if W is None:
            reach = numpy.sqrt(6.0 / (below + width))
            drawn = numpy.asarray(rng.uniform(low=-reach, high=reach, size=(below, width)), dtype=theano.config.floatX)
            if squash == T.nnet.sigmoid:
                drawn *= 4
            W = theano.shared(value=drawn, name="W", borrow=True)
        self.W = W
        self.b = theano.shared(value=numpy.zeros((width,), dtype=theano.config.floatX), name="b", borrow=True)
        total = T.dot(source, self.W) + self.b
        self.result = total if squash is None else squash(total)
        self.params = [self.W, self.b]


class Softmax(object):
    def __init__(self, source, below, classes):
        self.W = theano.shared(value=numpy.zeros((below, classes), dtype=theano.config.floatX), name="W", borrow=True)
        self.b = theano.shared(value=numpy.zeros((classes,), dtype=theano.config.floatX), name="b", borrow=True)
        self.chances = T.nnet.softmax(T.dot(source, self.W) + self.b)
        self.params = [self.W, self.b]

    def cost(self, y):
        return -T.mean(T.log(self.chances)[T.arange(y.shape[0]), y])


class Perceptron(object):
    def __init__(self, source, below, width, classes, rng):
        self.low = Hidden(source, below, width, rng, squash=T.nnet.sigmoid)
        self.high = Hidden(self.low.result, width, width, rng)
        self.top = Softmax(self.high.result, width, classes)
        self.params = self.low.params + self.high.params + self.top.params


x = T.matrix("x")
y = T.ivector("y")
model = Perceptron(x, 28 * 28, 500, 10, numpy.random.RandomState())
cost = model.top.cost(y)
updates = [(param, param - 0.01 * T.grad(cost, param)) for param in model.params]
