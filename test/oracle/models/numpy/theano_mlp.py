"""A hidden layer and a logistic regression over shared variables."""

import numpy
import theano
import theano.tensor as T


class LogisticRegression(object):
    def __init__(self, input, n_in, n_out):
        self.W = theano.shared(value=numpy.zeros((n_in, n_out), dtype=theano.config.floatX), name="W", borrow=True)
        self.b = theano.shared(value=numpy.zeros((n_out,), dtype=theano.config.floatX), name="b", borrow=True)
        self.p_y_given_x = T.nnet.softmax(T.dot(input, self.W) + self.b)
        self.y_pred = T.argmax(self.p_y_given_x, axis=1)
        self.params = [self.W, self.b]

    def negative_log_likelihood(self, y):
        return -T.mean(T.log(self.p_y_given_x)[T.arange(y.shape[0]), y])


class HiddenLayer(object):
    def __init__(self, rng, input, n_in, n_out, W=None, b=None, activation=T.tanh):
        self.input = input
        if W is None:
            values = numpy.asarray(
                rng.uniform(low=-numpy.sqrt(6.0 / (n_in + n_out)), high=numpy.sqrt(6.0 / (n_in + n_out)), size=(n_in, n_out)),
                dtype=theano.config.floatX,
            )
            if activation == theano.tensor.nnet.sigmoid:
                values *= 4
            W = theano.shared(value=values, name="W", borrow=True)
        if b is None:
            b = theano.shared(value=numpy.zeros((n_out,), dtype=theano.config.floatX), name="b", borrow=True)
        self.W = W
        self.b = b
        linear = T.dot(input, self.W) + self.b
        self.output = linear if activation is None else activation(linear)
        self.params = [self.W, self.b]


class MLP(object):
    def __init__(self, rng, input, n_in, n_hidden, n_out):
        self.first = HiddenLayer(rng=rng, input=input, n_in=n_in, n_out=n_hidden, activation=T.nnet.sigmoid)
        self.second = HiddenLayer(rng=rng, input=self.first.output, n_in=n_hidden, n_out=n_hidden, activation=T.tanh)
        self.regression = LogisticRegression(input=self.second.output, n_in=n_hidden, n_out=n_out)
        self.params = self.first.params + self.second.params + self.regression.params


x = T.matrix("x")
y = T.ivector("y")
classifier = MLP(rng=numpy.random.RandomState(), input=x, n_in=28 * 28, n_hidden=500, n_out=10)
cost = classifier.regression.negative_log_likelihood(y)
gparams = [T.grad(cost, param) for param in classifier.params]
updates = [(param, param - 0.01 * gparam) for param, gparam in zip(classifier.params, gparams)]
