"""Lasagne: the network is the graph of layers below an output layer; parameters, shapes and draws are those of Lasagne's own code.

A model of the suite has `entry`, a function of the script that returns the output layer (or several, or a dict of layers whose last one is
the output) or a global that is one, and may have

    "until": "for epoch"       the script is run up to the first line that begins with this
    "output": "probability"    the key or position of the output layer in what `entry` gives

Theano is only needed to import Lasagne and to hold values, so a stand-in will do (theano_standin.py), and since that computes at once the
network's own `get_output_for` can be followed, operation by operation: that is where next activations come from. Functions that a layer
applies are recognised by what they give at a few points. Of recurrent layers no step is followed; they, and norms, count as one operation.
With a real Theano there are no next activations.
"""

import re
import sys

import numpy as np
import oracle
import theano_standin
from graph import Graph
from measure import Moments

SEEDS = 5
PLAYED = theano_standin.install()

# This file has the name of what it imports.
import lasagne  # noqa: E402
import theano  # noqa: E402
from lasagne import layers as L  # noqa: E402

ADDED = {}
MADE = []


def watch():
    """Remembers the order in which layers are made, and under what name each parameter was added."""
    add = L.Layer.add_param

    def added(self, spec, shape, name=None, **tags):
        param = add(self, spec, shape, name, **tags)
        ADDED.setdefault(id(self), {})[id(param)] = name
        return param

    def make(cls, *_, **__):
        layer = object.__new__(cls)
        MADE.append(layer)
        return layer

    L.Layer.add_param = added
    L.Layer.__new__ = make


watch()


# ── building ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def globals_of(model):
    path = (oracle.HERE / model["file"]).resolve()
    text = path.read_text()
    if "until" in model:
        lines = text.split("\n")
        text = "\n".join(lines[: next(i for i, line in enumerate(lines) if line.startswith(model["until"]))])
    scope = {"__name__": "oracle_model", "__file__": str(path)}
    exec(compile(text, str(path), "exec"), scope)
    return scope


def built(model, seed):
    """The output layers of a network drawn with this seed."""
    MADE.clear()
    ADDED.clear()
    rng = np.random.RandomState(seed)
    lasagne.random.set_rng(rng)
    # A script that fixes its seed would draw the same values every time.
    fix, lasagne.random.set_rng = lasagne.random.set_rng, lambda _: None
    np.random.seed(seed)
    seeding, np.random.seed = np.random.seed, lambda *_: None
    try:
        made = globals_of(model)[model["entry"]]
        if callable(made) and not isinstance(made, L.Layer):
            made = made(**model.get("build", {}))
    finally:
        lasagne.random.set_rng, np.random.seed = fix, seeding
    if "output" in model:
        made = made[model["output"]]
    elif isinstance(made, dict):
        made = list(made.values())[-1]
    return list(made) if isinstance(made, (list, tuple)) else [made]


# ── names ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def snake(name):
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", re.sub("Layer$", "", name))
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def names_of(layers):
    """The name that a layer was given, else its class in snake case and a number in the order of construction."""
    counts, names = {}, {}
    for layer in MADE:
        if layer not in layers:
            continue
        base = snake(type(layer).__name__)
        names[layer] = layer.name or (base if base not in counts else f"{base}_{counts[base]}")
        if not layer.name:
            counts[base] = counts.get(base, 0) + 1
    return names


def params_of(layer, prefix):
    """Paths and expressions of a layer's parameters, those of the layers that a recurrence is made of below it."""
    for param in layer.params:
        yield f"{prefix}.{ADDED[id(layer)][id(param)]}", param, layer
    for part in ("input_to_hidden", "hidden_to_hidden"):
        if hasattr(layer, part):
            for below in reversed(L.get_all_layers(getattr(layer, part))):
                yield from params_of(below, f"{prefix}.{part}")


def shared_in(expression):
    return lasagne.utils.collect_shared_vars(expression)


def is_trainable(layer, param):
    return "trainable" in layer.params[param]


class Probe:
    """Stands where an initializer draws: keeps the deviation that it was asked for."""

    asked = None

    def __init__(self, std):
        Probe.asked = std

    def sample(self, shape):
        return np.zeros(shape)


def fans(shape):
    """Fans as Lasagne's initializers compute them: He's deviation is 1/√fanIn, Glorot's √(2/(fanIn + fanOut))."""
    if len(shape) < 2:
        return None, None
    lasagne.init.He(Probe).sample(shape)
    fan_in = round(1 / Probe.asked**2)
    lasagne.init.Glorot(Probe).sample(shape)
    return fan_in, round(2 / Probe.asked**2) - fan_in


# ── functions by their values ──────────────────────────────────────────────────────────────────────────────────────────────────

POINTS = np.array([[-3.1, -1.6, -0.7, -0.2, 0.0, 0.3, 0.9, 1.7, 2.9, 6.8]])
ROWS = {
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": theano_standin.sigmoid,
    "tanh": np.tanh,
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "selu": theano_standin.NEURAL["selu"],
    "softplus": lambda x: np.log1p(np.exp(x)),
    "softsign": theano_standin.NEURAL["softsign"],
    "hardSigmoid": theano_standin.NEURAL["hard_sigmoid"],
    "relu6": lambda x: np.clip(x, 0, 6),
    "silu": lambda x: x * theano_standin.sigmoid(x),
    "exp": np.exp,
    "sin": np.sin,
    "square": np.square,
    "abs": np.abs,
}


def recognised(function):
    """The row of an activation that this is; 'pass' for a factor, 'stop' where units meet, None where it is none of those."""
    listeners, theano_standin.LISTENERS[:] = list(theano_standin.LISTENERS), []
    try:
        at = lambda x: np.asarray(function(theano_standin.Variable(x)).value, float)  # noqa: E731
        values, x = at(POINTS), POINTS
        if values.shape != x.shape or not np.allclose(np.delete(at(np.where(x == 0.9, 2.2, x)), 6), np.delete(values, 6)):
            return "stop"
    except Exception:
        return None
    finally:
        theano_standin.LISTENERS[:] = listeners
    for row, formula in ROWS.items():
        if np.allclose(values, formula(x), atol=1e-6):
            return row
    with np.errstate(all="ignore"):
        slopes = (values / x)[x != 0]
    if np.allclose(slopes, slopes[0]):
        return "pass"
    below, above = slopes[:4], slopes[4:]
    if np.allclose(below, below[0]) and np.allclose(above, 1):
        return "leakyRelu"
    curved = (values / np.where(x == 0, 1, np.expm1(x)))[x < 0]
    if np.allclose(above, above[0]) and np.allclose(curved, curved[0]):
        return "elu"
    # a·tanh(b·x), from its values at 0.3 and 0.9, the triple argument.
    if np.allclose(values[x == 0], 0) and np.all(np.diff(values[0]) >= -1e-9) and fits_tanh(x, values):
        return "scaledTanh"
    return None


def fits_tanh(x, values):
    top = values.max()
    inner = np.arctanh(np.clip(values / max(top, 1e-9), -0.999999, 0.999999)) / np.where(x == 0, 1, x)
    for scale in np.linspace(0.9, 1.1, 2001) * inner[x == 0.3]:
        factor = values[x == 0.9][0] / np.tanh(scale * 0.9)
        if np.allclose(values, factor * np.tanh(scale * x), atol=2e-3 * top):
            return True
    return False


# ── the graph ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

ACTIVATIONS = {
    "sigmoid": "sigmoid", "ultra_fast_sigmoid": "sigmoid", "hard_sigmoid": "hardSigmoid", "tanh": "tanh", "softplus": "softplus",
    "softsign": "softsign", "elu": "elu", "selu": "selu", "exp": "exp", "sin": "sin", "sqr": "square", "abs": "abs", "abs_": "abs",
}  # fmt: skip
PRODUCTS = {"dot", "tensordot", "batched_dot", "conv", "matmul"}
SUMS = {"add", "sub"}
TIMES = {"mul", "truediv"}
PASSES = set(
    """transpose dimshuffle flatten reshape cast getitem pool concatenate stack mean max min sum repeat tile set_subtensor neg
    shape_padleft shape_padright addbroadcast patternbroadcast minimum""".split()
)
# They ask for no values.
BLIND = {"gt", "ge", "lt", "le", "eq", "neq", "argmax"}
RECURRENT = (L.CustomRecurrentLayer, L.LSTMLayer, L.GRULayer)
# Layers that count as one operation. A random slope is a number where nothing is random, but that is not what the network trains with.
WHOLE = (
    *RECURRENT, L.BatchNormLayer, L.StandardizationLayer, L.LocalResponseNormalization2DLayer, L.InverseLayer, L.RandomizedRectifierLayer,
)  # fmt: skip


class Trace:
    """The graph of one forward pass. A variable that samples run through has a node; all others are computed from parameters."""

    def __init__(self, paths):
        self.graph = Graph()
        self.paths = paths
        self.nodes = {}
        self.kept = []
        self.known = {}

    def paths_in(self, variables):
        return [path for v in shared_in(list(variables)) for path in self.paths.get(id(v), [])[:1]]

    def mark(self, variable, node):
        self.kept.append(variable)
        self.nodes[id(variable)] = node
        return variable

    def heard(self, op, inputs, args, result):
        data = [v for v in inputs if id(v) in self.nodes]
        if not data or op in BLIND:
            return
        given = [self.nodes[id(v)] for v in data]
        weights = self.paths_in([v for v in inputs if id(v) not in self.nodes])
        self.mark(result, self.node(op, given, weights, data, args))

    def node(self, op, given, weights, data, args):
        add, distinct = self.graph.add, len(set(given))
        if op in PRODUCTS:
            return add("weighted" if weights else "stop", op, given, weights)
        if op in SUMS:
            return add("add" if distinct > 1 else "pass", op, given, weights)
        if op in TIMES:
            return add("stop" if distinct > 1 else "pass", op, given, weights)
        if op == "getitem" and weights:
            return add("embedding", op, given, weights)
        if op == "relu":
            slope = args[1] if len(args) > 1 else 0
            row = "prelu" if weights else "relu" if np.ndim(slope) == 0 and slope == 0 else "leakyRelu"
            return add("activation", row, given, weights)
        if op == "maximum":
            other = [one for one in args if one is not data[0]]
            return add("activation", "relu", given) if np.ndim(other) == 1 and other == [0] else add("pass", op, given)
        if op in ACTIVATIONS:
            return add("activation", ACTIVATIONS[op], given)
        if op == "softmax":
            return add("stop", op, given)
        return add("pass" if op in PASSES else "opaque", op, given, weights)

    def nonlinearity(self, function):
        """The function as one node, if it is one that we know; else its own operations."""
        row = recognised(function)

        def apply(x):
            if id(x) not in self.nodes or row is None:
                return function(x)
            with self.deaf():
                result = function(x)
            given = [self.nodes[id(x)]]
            if row == "pass":
                return self.mark(result, self.graph.add("pass", "linear", given))
            return self.mark(result, self.graph.add("stop" if row == "stop" else "activation", row, given))

        return apply

    def deaf(self):
        trace = self

        class Deaf:
            def __enter__(self):
                theano_standin.LISTENERS.remove(trace.heard)

            def __exit__(self, *_):
                theano_standin.LISTENERS.append(trace.heard)

        return Deaf()

    def whole(self, layer, inputs, shape):
        """A layer that counts as one operation, and that operation."""
        weights = [path for _, param, _ in params_of(layer, "") for path in self.paths_in([param])]
        given = [self.nodes[id(v)] for v in inputs]
        if isinstance(layer, L.BatchNormLayer):
            node = self.graph.add("norm", "batchNorm", given, weights)
        elif isinstance(layer, L.StandardizationLayer):
            node = self.graph.add("norm", "layerNorm" if 1 in layer.axes else "instanceNorm", given)
        elif isinstance(layer, RECURRENT):
            node = self.graph.add("weighted", type(layer).__name__, given, weights)
        elif isinstance(layer, L.RandomizedRectifierLayer):
            node = self.graph.add("activation", "rrelu", given)
        else:
            node = self.graph.add("opaque", type(layer).__name__, given, weights)
        return self.mark(theano_standin.Variable(np.zeros(shape)), node)

    def of(self, layer, inputs):
        shapes = [v.value.shape for v in inputs]
        shape = layer.get_output_shape_for(shapes if isinstance(layer, L.MergeLayer) else shapes[0])
        if isinstance(layer, WHOLE):
            return self.whole(layer, inputs, shape)
        if isinstance(layer, L.LocallyConnected2DLayer):
            layer.convolve = lambda x, **_: self.mark(
                theano_standin.Variable(np.zeros(shape)),
                self.graph.add("weighted", "local", [self.nodes[id(x)]], self.paths_in([layer.W])),
            )
        if getattr(layer, "nonlinearity", None) is not None:
            layer.nonlinearity = self.nonlinearity(layer.nonlinearity)
        return layer.get_output_for(inputs if isinstance(layer, L.MergeLayer) else inputs[0], deterministic=True)


def sized(shape):
    return [n or (2 if axis == 0 else 12) for axis, n in enumerate(shape)]


def traced(tops, paths):
    trace = Trace(paths)
    theano_standin.LISTENERS.append(trace.heard)
    outputs = {}
    try:
        for layer in L.get_all_layers(tops):
            if isinstance(layer, L.InputLayer):
                outputs[layer] = trace.mark(theano_standin.Variable(np.zeros(sized(layer.shape))), trace.graph.add("input"))
                continue
            below = layer.input_layers if isinstance(layer, L.MergeLayer) else [layer.input_layer]
            outputs[layer] = trace.of(layer, [outputs[one] for one in below])
    finally:
        theano_standin.LISTENERS.remove(trace.heard)
    return trace.graph


# ── a model ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def found_in(tops):
    """Shared variables with their paths, in the order of the layers."""
    layers = L.get_all_layers(tops)
    names = names_of(set(layers))
    found = {}
    for layer in layers:
        for path, param, owner in params_of(layer, names[layer]):
            for variable in shared_in([param]):
                known = found.setdefault(id(variable), (variable, [], is_trainable(owner, param)))[1]
                if path not in known:
                    known.append(path)
    return list(found.values())


def describe(model):
    moments, notes, nexts = {}, [], {}
    for seed in range(1, SEEDS + 1):
        tops = built(model, seed)
        found = found_in(tops)
        for variable, paths, _ in found:
            moments.setdefault(paths[0], Moments()).add(np.asarray(variable.get_value()).reshape(-1))
    if PLAYED:
        graph = traced(tops, {id(variable): paths for variable, paths, _ in found})
        nexts = graph.next_of_params()
        notes = [f"not classified: {name}" for name in graph.opaque()]
    else:
        notes.append("next activations are only followed without a real Theano")
    parameters = []
    for variable, paths, trainable in found:
        shape = [int(n) for n in variable.get_value().shape]
        fan_in, fan_out = fans(tuple(shape))
        parameters.append(
            {
                "path": paths[0],
                "aliases": paths[1:],
                "shape": shape,
                "fanIn": fan_in,
                "fanOut": fan_out,
                "matrix": sum(size > 1 for size in shape) > 1,
                **moments[paths[0]].result(),
                "trainable": trainable,
                "next": nexts.get(paths[0]),
            }
        )
    return {
        "name": model["name"],
        "file": str((oracle.HERE / model["file"]).resolve()),
        "entry": model["entry"],
        "parameters": parameters,
        "others": [],
        "notes": notes,
    }
