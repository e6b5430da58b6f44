"""Theano, as far as scripts need it that build a network: variables with values of numpy, and a listener that is told of every operation.

Real Theano compiles expressions; here they are computed at once. A variable that nobody gave a value (`T.matrix()`) has none, and neither
has what is computed with it: only its number of axes is kept where it is known. Products of convolutions and pools are not computed, their
results are zeros of the right shape. What is missing is one more function of that kind.
"""

import importlib.util
import math
import sys
import types

import numpy as np


class Variable:
    """A tensor: its value (an array, or None for what is only a symbol) and the variables that it was computed from."""

    # numpy is to leave operators with an array on the left to us.
    __array_ufunc__ = None
    __hash__ = object.__hash__

    def __init__(self, value=None, ndim=None, name=None, inputs=()):
        self.value = value
        self._ndim = ndim
        self.name = name
        self.inputs = inputs
        self.tag = types.SimpleNamespace()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return method(name, getattr(np, name, None))(self)

    def __iter__(self):
        if self.value is None and self._ndim is None:
            raise TypeError("a symbol of unknown length")
        return (self[i] for i in range(len(self.value)))

    @property
    def ndim(self):
        return self._ndim if self.value is None else np.ndim(self.value)

    @property
    def dtype(self):
        return config.floatX if self.value is None else str(np.asarray(self.value).dtype)

    @property
    def shape(self):
        if self.value is not None:
            return np.shape(self.value)
        return Variable(ndim=1) if self._ndim is None else tuple(Variable(ndim=0) for _ in range(self._ndim))

    @property
    def T(self):
        return apply("transpose", np.transpose, self)

    def transpose(self, *axes):
        return apply("transpose", lambda x: np.transpose(x, axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None), self)

    def dimshuffle(self, *pattern):
        pattern = pattern[0] if len(pattern) == 1 and not isinstance(pattern[0], (int, str)) else pattern

        def shuffle(x):
            kept = [p for p in pattern if p != "x"]
            x = np.transpose(x, kept + [i for i in range(x.ndim) if i not in kept])
            sizes = iter(x.shape)
            return x.reshape([1 if p == "x" else next(sizes) for p in pattern])

        return apply("dimshuffle", shuffle, self, ndim=len(pattern))

    def flatten(self, outdim=1):
        return apply("flatten", lambda x: x.reshape(x.shape[: outdim - 1] + (-1,)), self, ndim=outdim)

    def reshape(self, shape, *more, ndim=None):
        shape = (shape, *more) if more else shape
        return apply("reshape", np.reshape, self, tuple(shape), ndim=len(shape))

    def astype(self, dtype):
        return apply("cast", lambda x: np.asarray(x, dtype), self)

    def __getitem__(self, index):
        return apply("getitem", lambda x, i: x[tuple(map(whole, i)) if isinstance(i, (tuple, list)) else whole(i)], self, index)

    def get_value(self, borrow=False):
        return self.value

    def set_value(self, value, borrow=False):
        self.value = value

    def eval(self, *_):
        return self.value


def whole(index):
    """An index as numpy takes it: bounds of slices may be variables, and zeros of any type may stand for indices."""
    if isinstance(index, slice):
        return slice(*(None if bound is None else int(plain(bound)) for bound in (index.start, index.stop, index.step)))
    return index.astype(int) if isinstance(index, np.ndarray) and index.dtype.kind == "f" else index


class SharedVariable(Variable):
    pass


def shared(value, name=None, borrow=False, **_):
    value = np.asarray(value)
    return SharedVariable(value if borrow else np.array(value), name=name)


config = types.SimpleNamespace(floatX="float64", compute_test_value="off", optimizer="None", device="cpu")

# ── operations ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

# Told of every operation: (name, variables that it took, the variable that it gave).
LISTENERS = []


def variables_in(value):
    if isinstance(value, Variable):
        return [value]
    if isinstance(value, (list, tuple)):
        return [v for one in value for v in variables_in(one)]
    if isinstance(value, dict):
        return variables_in(list(value.values()))
    return []


def plain(value):
    """What the variables inside are worth."""
    if isinstance(value, Variable):
        return value.value
    if isinstance(value, (list, tuple)):
        return type(value)([plain(one) for one in value])
    return value


def apply(op, function, *args, ndim=None, **kwargs):
    inputs = variables_in([args, kwargs])
    value = None
    if function is not None and inputs and all(v.value is not None for v in inputs):
        value = np.asarray(function(*plain(args), **{key: plain(one) for key, one in kwargs.items()}))
    result = Variable(value, ndim, inputs=tuple(inputs))
    for listener in LISTENERS:
        listener(op, inputs, args, result)
    return result


def operation(op, function=None):
    def call(*args, **kwargs):
        return apply(op, function, *args, **kwargs)

    call.__name__ = call.__qualname__ = op
    return call


method = lambda op, function: lambda self: lambda *args, **kwargs: apply(op, function, self, *args, **kwargs)  # noqa: E731

OPERATORS = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide, "floordiv": np.floor_divide, "mod": np.mod,
    "pow": np.power, "matmul": np.matmul, "gt": np.greater, "ge": np.greater_equal, "lt": np.less, "le": np.less_equal,
}  # fmt: skip
for _name, _function in OPERATORS.items():
    setattr(Variable, f"__{_name}__", lambda self, other, o=_name, f=_function: apply(o, f, self, other))
    setattr(Variable, f"__r{_name}__", lambda self, other, o=_name, f=_function: apply(o, f, other, self))
Variable.__neg__ = lambda self: apply("neg", np.negative, self)
Variable.__abs__ = lambda self: apply("abs", np.abs, self)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def pads(mode, kernel):
    """Zeros at both ends of every axis."""
    named = {"valid": [0] * len(kernel), "half": [k // 2 for k in kernel], "full": [k - 1 for k in kernel]}
    return named[mode] if isinstance(mode, str) else [mode] * len(kernel) if isinstance(mode, int) else list(mode)


def conv(x, w, input_shape=None, filter_shape=None, border_mode="valid", subsample=(1, 1, 1), **_):
    kernel = w.shape[2:]
    sizes = zip(x.shape[2:], kernel, pads(border_mode, kernel), subsample)
    return np.zeros(x.shape[:1] + w.shape[:1] + tuple((n + 2 * p - k) // s + 1 for n, k, p, s in sizes))


def conv2d(input, filters, input_shape=None, filter_shape=None, border_mode="valid", subsample=(1, 1), filter_flip=True, num_groups=1, **_):
    return apply("conv", conv, input, filters, border_mode=border_mode, subsample=subsample)


conv3d = conv2d


def gradient_of_conv(side):
    """The operations that transposed and dilated convolutions are: gradients of a convolution by its input or its kernel."""

    class Operation:
        def __init__(self, **_):
            pass

        def __call__(self, a, b, size):
            def shape(a, b, size):
                channels = (b.shape[0], a.shape[1]) if side == "input" else (b.shape[1], a.shape[1])
                return np.zeros(channels + tuple(size))

            return apply("conv", shape, a, b, tuple(size))

    return Operation


def pool(x, ws, stride=None, ignore_border=True, pad=None, mode="max"):
    stride, pad = stride or ws, pad or [0] * len(ws)
    rounded = math.floor if ignore_border else math.ceil
    sizes = [max(rounded((n + 2 * p - k) / s), 0) + 1 for n, k, p, s in zip(x.shape[2:], ws, pad, stride)]
    return np.zeros(x.shape[:2] + tuple(sizes))


def set_subtensor(target, source, tolerate=False):
    return apply("set_subtensor", lambda x, _: np.zeros(np.shape(x)), target.inputs[0] if target.inputs else target, source)


def grad(cost=None, wrt=None, **_):
    return [Variable(ndim=getattr(w, "ndim", None)) for w in wrt] if isinstance(wrt, (list, tuple)) else Variable(ndim=getattr(wrt, "ndim", None))


class TensorType:
    def __init__(self, dtype=None, broadcastable=()):
        self.ndim = len(broadcastable)

    def __call__(self, name=None):
        return Variable(ndim=self.ndim, name=name)


class RandomStreams:
    def __init__(self, *_, **__):
        pass

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: Variable()


FUNCTIONS = {
    "dot": np.dot, "tensordot": np.tensordot, "batched_dot": np.matmul, "add": np.add, "sub": np.subtract, "mul": np.multiply,
    "maximum": np.maximum, "minimum": np.minimum, "concatenate": np.concatenate, "stack": np.stack, "switch": np.where,
    "sqr": np.square, "inv": np.reciprocal, "sgn": np.sign, "neg": np.negative, "max": np.max, "min": np.min, "mean": np.mean,
    "sum": np.sum, "std": np.std, "var": np.var, "argmax": np.argmax, "tanh": np.tanh, "exp": np.exp, "expm1": np.expm1,
    "log": np.log, "log1p": np.log1p, "sqrt": np.sqrt, "abs_": np.abs, "sin": np.sin, "cos": np.cos, "clip": np.clip,
    "repeat": np.repeat, "tile": np.tile, "reshape": lambda x, shape, **_: np.reshape(x, shape), "eq": np.equal,
    "flatten": lambda x, outdim=1: x.reshape(x.shape[: outdim - 1] + (-1,)), "cast": lambda x, dtype: np.asarray(x, dtype),
    "shape_padleft": lambda x, n_ones=1: x.reshape((1,) * n_ones + x.shape), "transpose": np.transpose,
    "shape_padright": lambda x, n_ones=1: x.reshape(x.shape + (1,) * n_ones), "erf": np.vectorize(math.erf),
    "addbroadcast": lambda x, *_: x, "patternbroadcast": lambda x, *_: x,
}  # fmt: skip
NEURAL = {
    "relu": lambda x, alpha=0: np.where(x > 0, x, alpha * x), "sigmoid": sigmoid, "softmax": softmax,
    "hard_sigmoid": lambda x: np.clip(0.2 * x + 0.5, 0, 1), "ultra_fast_sigmoid": sigmoid, "softplus": lambda x: np.log1p(np.exp(x)),
    "softsign": lambda x: x / (1 + np.abs(x)), "elu": lambda x, alpha=1: np.where(x > 0, x, alpha * np.expm1(x)),
    "selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x)),
}  # fmt: skip
RANKS = {"scalar": 0, "vector": 1, "matrix": 2, "row": 2, "col": 2, "tensor3": 3, "tensor4": 4, "tensor5": 5}


def constant(value, name=None, dtype=None, **_):
    return value if isinstance(value, Variable) else Variable(np.asarray(value, dtype))


def namespace(name, **contents):
    """A module; a name that it lacks is a function of symbols."""
    module = types.ModuleType(name)
    module.__dict__.update(contents)
    module.__path__ = []

    def missing(attribute):
        if attribute.startswith("__") or attribute == "AbstractConv":
            raise AttributeError(attribute)
        return module.__dict__.setdefault(attribute, operation(attribute))

    module.__getattr__ = missing
    sys.modules[name] = module
    return module


def install():
    """Puts the stand-in under Theano's names; a real Theano stays. True where the stand-in plays."""
    if "theano" in sys.modules or importlib.util.find_spec("theano"):
        return sys.modules.get("theano") is not None and hasattr(sys.modules["theano"], "IS_STAND_IN")
    kinds = {"Variable": Variable, "TensorVariable": Variable, "SharedVariable": SharedVariable, "TensorType": TensorType}
    abstract = namespace(
        "theano.tensor.nnet.abstract_conv",
        **{
            f"AbstractConv{rank}d_{name}": gradient_of_conv(side)
            for rank in (2, 3)
            for name, side in [("gradInputs", "input"), ("gradWeights", "kernel")]
        },
    )
    nnet = namespace(
        "theano.tensor.nnet",
        abstract_conv=abstract,
        conv2d=conv2d,
        conv3d=conv3d,
        **{name: operation(name, function) for name, function in NEURAL.items()},
    )
    pools = {f"pool_{rank}d": operation("pool", pool) for rank in (2, 3)}
    signal = namespace("theano.tensor.signal", pool=namespace("theano.tensor.signal.pool", **pools))
    symbols = {
        kind + shape: (lambda name=None, n=rank, **_: Variable(ndim=n, name=name))
        for shape, rank in RANKS.items()
        for kind in ("", "i", "l", "w", "b", "f", "d")
    }
    functions = {name: operation(name, function) for name, function in FUNCTIONS.items()}
    extra = namespace("theano.tensor.extra_ops", repeat=functions["repeat"])
    tensor = namespace(
        "theano.tensor",
        **kinds,
        **symbols,
        **functions,
        nnet=nnet,
        signal=signal,
        extra_ops=extra,
        constant=constant,
        as_tensor_variable=constant,
        set_subtensor=set_subtensor,
        inc_subtensor=set_subtensor,
        grad=grad,
        zeros=lambda shape, dtype=None: Variable(np.zeros(plain(shape))),
        ones=lambda shape, dtype=None: Variable(np.ones(plain(shape))),
        alloc=lambda value, *shape: Variable(np.full(plain(shape), value)),
        arange=lambda *args, **_: apply("arange", None, *args) if variables_in(args) else Variable(np.arange(*args)),
        neq=operation("neq", np.not_equal),
    )
    streams = {"RandomStreams": RandomStreams, "MRG_RandomStreams": RandomStreams}
    namespace("theano.tensor.shared_randomstreams", **streams)
    namespace("theano.sandbox", rng_mrg=namespace("theano.sandbox.rng_mrg", **streams))
    graph = namespace("theano.gof.graph", inputs=inputs_of)
    gof = namespace("theano.gof", Variable=Variable, graph=graph)
    namespace(
        "theano",
        IS_STAND_IN=True,
        **kinds,
        tensor=tensor,
        gof=gof,
        compile=namespace("theano.compile", SharedVariable=SharedVariable),
        shared=shared,
        config=config,
        grad=grad,
        function=lambda *_, **__: lambda *_, **__: 0.0,
    )
    return True


def inputs_of(expressions):
    """The variables that these were computed from and that are computed from none."""
    found = []
    for one in expressions:
        for leaf in inputs_of(one.inputs) if one.inputs else [one]:
            if leaf not in found:
                found.append(leaf)
    return found
