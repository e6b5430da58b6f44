"""Keras 3: weights by the tree of layers, the graph from a trace of `call` by TensorFlow in which every layer of Keras is one node."""

import inspect
import os
import re
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras
import keras.src.initializers.random_initializers as random_initializers
import numpy as np
import oracle
import tensorflow as tf
from graph import Graph
from keras import layers as L
from measure import Moments

ROWS = {
    "leaky_relu": "leakyRelu", "swish": "silu", "hard_silu": "hardSwish", "hard_swish": "hardSwish", "hard_sigmoid": "hardSigmoid",
    "log_sigmoid": "logSigmoid", "hard_tanh": "hardTanh", "soft_shrink": "softshrink", "hard_shrink": "hardshrink",
    "tanh_shrink": "tanhshrink", "sparse_plus": "sparsePlus", "sparse_sigmoid": "sparseSigmoid", "exponential": "exp",
}  # fmt: skip
FUNCTIONS = """relu relu6 sigmoid tanh softplus softsign silu log_sigmoid leaky_relu hard_sigmoid hard_silu elu selu gelu celu hard_tanh
soft_shrink hard_shrink tanh_shrink squareplus sparse_plus glu softmax log_softmax swish mish exp sin square""".split()
# What gives no activation of one unit.
STOPS = {"softmax", "log_softmax", "glu"}
NORMS = {
    L.BatchNormalization: "batchNorm", L.LayerNormalization: "layerNorm", L.RMSNormalization: "layerNorm",
    L.GroupNormalization: "groupNorm",
}  # fmt: skip
PASSING = re.compile(
    "Dropout|Gaussian|Pooling|Flatten|Reshape|Permute|ZeroPadding|Cropping|UpSampling|Average|Maximum|Rescaling|Concatenate|Identity"
    "|RepeatVector|ActivityRegularization|Random|Masking|Resizing|^Normalization"
)
OP_PASS = set(
    """BiasAdd Identity Reshape Transpose MaxPool AvgPool Pad PadV2 MirrorPad ConcatV2 StridedSlice Slice Split SplitV Squeeze ExpandDims
    Mean Max Sum Cast StopGradient Pack Unpack Tile Maximum Neg IdentityN BroadcastTo PreventGradient EnsureShape ExtractImagePatches
    GatherV2""".split()
)
OP_SUMS = {"AddV2", "Add", "AddN", "Sub"}
OP_TIMES = {"Mul", "RealDiv"}
OP_PRODUCTS = {"MatMul", "BatchMatMulV2", "Einsum", "Conv2D", "Conv3D", "DepthwiseConv2dNative", "Conv2DBackpropInput"}
OP_ACTIVATIONS = {
    "Relu": "relu", "Relu6": "relu6", "Tanh": "tanh", "Sigmoid": "sigmoid", "Elu": "elu", "Selu": "selu", "Softplus": "softplus",
    "Softsign": "softsign", "LeakyRelu": "leakyRelu", "Exp": "exp", "Sin": "sin", "Square": "square",
}  # fmt: skip
# They ask for no values.
OP_BLIND = {"Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike", "Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual"}


class Record:
    """What Keras and TensorFlow did during a trace: calls of layers and of activation functions, and the ops inside each."""

    def __init__(self):
        self.depth = 0
        self.calls = []

    def around(self, what, inputs, run):
        graph = inputs[0].graph
        before = len(graph.get_operations())
        self.depth += 1
        try:
            result = run()
        finally:
            self.depth -= 1
        outputs = symbolic(result)
        # A layer that does nothing gives its input back.
        if not any(out is given for out in outputs for given in inputs):
            self.calls.append((before, what, inputs, outputs, {op.name for op in graph.get_operations()[before:]}))
        return result


RECORD = Record()
FANS = {}


def symbolic(value):
    return [t for t in tf.nest.flatten(value) if isinstance(t, tf.Tensor) and not isinstance(t, tf.__internal__.EagerTensor)]


def is_native(layer):
    return type(layer).__module__.startswith("keras.src.layers") and type(layer) not in (L.Lambda, L.Layer)


def row_of(function):
    name = getattr(function, "__name__", type(function).__name__)
    return ROWS.get(name, name)


def wrapped(function, name):
    def call(*args, **kwargs):
        given = symbolic([args, kwargs])
        if RECORD.depth or not given:
            return function(*args, **kwargs)
        row = ROWS.get(name, name)
        if row == "gelu":
            default = not function.__module__.startswith("tensorflow")
            row = "geluTanh" if (args[1] if len(args) > 1 else kwargs.get("approximate", default)) else "gelu"
        return RECORD.around("stop" if name in STOPS else ("activation", row), given[:1], lambda: function(*args, **kwargs))

    call.__name__, call.__module__ = name, function.__module__
    return call


def watch():
    """Puts watchers around layers, activation functions and the drawing of weights."""
    import keras.src.activations.activations as activations
    import keras.src.ops as ops
    import keras.src.ops.nn as nn
    import keras.src.ops.numpy as numpy

    for module in (nn, numpy, ops, keras.ops, activations, keras.activations, tf.nn, tf.math):
        for name in FUNCTIONS:
            if hasattr(module, name):
                setattr(module, name, wrapped(getattr(module, name), name))
    tf.tanh, tf.sigmoid, tf.exp = tf.math.tanh, tf.math.sigmoid, tf.math.exp

    call = L.Layer.__call__

    def watched(self, *args, **kwargs):
        given = symbolic([args, kwargs])
        if RECORD.depth or not given or not is_native(self):
            return call(self, *args, **kwargs)
        return RECORD.around(self, given, lambda: call(self, *args, **kwargs))

    L.Layer.__call__ = watched

    compute, last = random_initializers.compute_fans, []

    def fans(*args, **kwargs):
        last[:] = [compute(*args, **kwargs)]
        return last[0]

    random_initializers.compute_fans = fans
    owner = next(cls for cls in keras.Variable.__mro__ if "_initialize_with_initializer" in vars(cls))
    draw = owner._initialize_with_initializer

    def drawn(self, initializer):
        last.clear()
        draw(self, initializer)
        if last:
            FANS[id(self)] = (self, last[0])

    owner._initialize_with_initializer = drawn


watch()


# ── names ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def snake(name):
    return re.sub("([a-z])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()


def below(layer):
    return [child for child in layer._flatten_layers(include_self=False, recursive=False) if not isinstance(child, L.InputLayer)]


def tree(model):
    """Every layer below a model with the names on the way; names that Keras gave are numbered anew from this model's first."""
    found, numbered = [], {}

    def walk(layer, way):
        for child in below(layer):
            if child in way:
                continue
            found.append((child, way + (child,)))
            walk(child, way + (child,))

    walk(model, (model,))
    for layer, _ in found:
        base = snake(type(layer).__name__)
        match = re.fullmatch(re.escape(base) + r"(?:_(\d+))?", layer.name)
        if match:
            numbered.setdefault(base, {})[id(layer)] = (int(match[1] or 0), layer)
    names = {}
    for base, layers in numbered.items():
        # Keras's own numbers are never given twice in a session; a name that stands twice was given by hand (cells of recurrent layers).
        if len({number for number, _ in layers.values()}) < len(layers):
            continue
        for count, (_, layer) in enumerate(sorted(layers.values(), key=lambda pair: pair[0])):
            names[id(layer)] = base if count == 0 else f"{base}_{count}"
    return [(layer, "/".join(names.get(id(one), one.name) for one in way[1:])) for layer, way in found]


def own_variables(layer):
    return [v for v in layer._trainable_variables + layer._non_trainable_variables]


def paths_of(model):
    """Paths by variable, the first one first."""
    paths = {}
    for layer, path in [(model, "")] + tree(model):
        for variable in own_variables(layer):
            _, known = paths.setdefault(id(variable), (variable, []))
            attributes = [name for name, value in vars(layer).items() if value is variable]
            # A variable that nobody named goes by its attribute in the analyser.
            spoken = attributes[:1] if re.fullmatch(r"variable(_\d+)?", variable.name) else []
            for one in [variable.name] + spoken:
                name = f"{path}/{one}".lstrip("/")
                if name not in known:
                    known.append(name)
    return paths


# ── the graph ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def activation_of(function):
    """Row of a function or layer; None for the identity, False for what is no activation of one unit."""
    if function is None:
        return None
    if isinstance(function, L.Activation):
        return activation_of(function.activation)
    if isinstance(function, L.ReLU):
        if function.max_value is not None:
            return "relu6" if function.max_value == 6 and not function.negative_slope else "clippedRelu"
        return "leakyRelu" if function.negative_slope else "relu"
    if isinstance(function, L.Layer):
        return {"LeakyReLU": "leakyRelu", "PReLU": "prelu", "ELU": "elu"}.get(type(function).__name__, False)
    row = row_of(function)
    return None if row == "linear" else False if row in STOPS else row


IS_ACTIVATION = (L.Activation, L.ReLU, L.LeakyReLU, L.PReLU, L.ELU, L.Softmax)
INSIDE = (L.RNN, L.Bidirectional, L.LSTM, L.GRU, L.SimpleRNN, L.ConvLSTM1D, L.ConvLSTM2D, L.ConvLSTM3D)


def add_layer(graph, layer, inputs, paths):
    """Nodes of one layer's call; the last one is its output."""
    params = [path for v in layer.weights for path in paths.get(id(v), (v, []))[1][:1]]
    name = type(layer).__name__
    for cls, norm in NORMS.items():
        if isinstance(layer, cls):
            return graph.add("norm", norm, inputs[:1], params)
    if isinstance(layer, IS_ACTIVATION):
        row = activation_of(layer)
        if row is None:
            return graph.add("pass", name, inputs)
        return graph.add("activation" if row else "stop", row or name, inputs, params)
    if isinstance(layer, (L.Add, L.Subtract)):
        return graph.add("add" if len(set(inputs)) > 1 else "pass", name, inputs)
    if PASSING.search(name):
        return graph.add("pass", name, inputs)
    if isinstance(layer, L.Embedding):
        return graph.add("embedding", name, inputs, params)
    if not params:
        return graph.add("stop", name, inputs)
    if name.startswith("SeparableConv"):
        first = graph.add("weighted", name, inputs, params[:1])
        node = graph.add("weighted", name, [first], params[1:])
    else:
        node = graph.add("weighted", name, inputs, params)
    inner = layer.layer if isinstance(layer, L.TimeDistributed) else layer
    row = None if isinstance(inner, INSIDE) else activation_of(getattr(inner, "activation", None))
    return node if row is None else graph.add("activation" if row else "stop", row or "softmax", [node])


def add_op(graph, op, given, params):
    distinct = list(dict.fromkeys(given))
    if op.type in OP_ACTIVATIONS:
        return graph.add("activation", OP_ACTIVATIONS[op.type], given)
    if op.type in OP_PRODUCTS:
        return graph.add("weighted" if params else "stop", op.type, given, params)
    if op.type in OP_SUMS:
        return graph.add("add" if len(distinct) > 1 else "pass", op.type, given, params)
    if op.type in OP_TIMES:
        return graph.add("stop" if len(given) > 1 else "pass", op.type, given, params)
    if op.type in OP_PASS:
        return graph.add("pass", op.type, given, params)
    return graph.add("opaque", op.type, given, params)


def traced(model, specs, paths):
    RECORD.calls.clear()

    def forward(*inputs):
        return model(inputs[0] if len(inputs) == 1 else list(inputs))

    concrete = tf.function(forward, autograph=False).get_concrete_function(*specs)
    tf_graph = concrete.graph
    handles = {id(v.value.handle): v for v in model.variables}
    # Tensors that are a weight, or computed from weights alone.
    params, nodes = {}, {}
    graph = Graph()
    for tensor in concrete.inputs[: len(specs)]:
        nodes[tensor.name] = graph.add("input")
    for outer, inner in zip(concrete.captured_inputs, concrete.inputs[len(specs) :]):
        variable = handles.get(id(outer))
        # States of recurrent layers and of random generators are variables, too.
        if id(variable) in paths:
            params[inner.name] = paths[id(variable)][1][:1]
    operations = tf_graph.get_operations()
    calls = [call for call in RECORD.calls if call[2][0].graph is tf_graph]
    inside = set().union(*(call[4] for call in calls)) if calls else set()
    steps = [(index, None, op) for index, op in enumerate(operations) if op.name not in inside]
    steps += [(call[0] - 0.5, call, None) for call in calls]
    for _, call, op in sorted(steps, key=lambda step: step[0]):
        if call:
            _, what, inputs, outputs, _ = call
            given = [nodes[t.name] for t in inputs if t.name in nodes]
            if not given:
                continue
            if isinstance(what, L.Layer):
                node = add_layer(graph, what, given, paths)
            else:
                node = graph.add("stop", "", given) if what == "stop" else graph.add(*what, given)
            for t in outputs:
                nodes[t.name] = node
            continue
        given = [nodes[t.name] for t in op.inputs if t.name in nodes]
        weights = list(dict.fromkeys(path for t in op.inputs for path in params.get(t.name, [])))
        if not given:
            for t in op.outputs if weights else []:
                params[t.name] = weights
        elif op.type not in OP_BLIND:
            node = add_op(graph, op, given, weights)
            for t in op.outputs:
                nodes[t.name] = node
    return graph


# ── a model ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def spec_of(spec):
    shape, kind = (spec["shape"], tf.int32) if isinstance(spec, dict) else (spec, tf.float32)
    return tf.TensorSpec(shape, kind)


def built(model, seed):
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    FANS.clear()
    found = oracle.resolve(model)
    made = found if isinstance(found, keras.Model) else found(**model.get("build", {}))
    zeros = [tf.zeros(spec.shape, spec.dtype) for spec in map(spec_of, model["inputs"])]
    if not made.built or not made.weights:
        made(zeros[0] if len(zeros) == 1 else zeros)
    return found, made


def describe(model):
    moments, parameters, notes, nexts = {}, [], [], {}
    found, real = built(model, 1)
    paths = paths_of(real)
    count = sum(int(np.prod(v.shape)) for v, _ in paths.values())
    weights = {id(v) for v in real.weights}
    try:
        graph = traced(real, [spec_of(spec) for spec in model["inputs"]], paths)
        nexts = graph.next_of_params()
        notes = [f"not classified: {name}" for name in graph.opaque()]
    except Exception as error:
        notes.append(f"call failed: {type(error).__name__}: {error}"[:200])
    trainable = {id(v) for v in real.trainable_variables}
    for variable, known in paths.values():
        values = np.asarray(variable)
        if id(variable) not in weights or not np.issubdtype(values.dtype, np.floating):
            continue
        shape = list(values.shape)
        fans = FANS[id(variable)][1] if id(variable) in FANS else random_initializers.compute_fans(values.shape)
        moments[known[0]] = Moments()
        moments[known[0]].add(values.ravel())
        parameters.append(
            {
                "path": known[0],
                "aliases": known[1:],
                "shape": shape,
                "fanIn": int(fans[0]) if len(shape) > 1 else None,
                "fanOut": int(fans[1]) if len(shape) > 1 else None,
                "matrix": sum(size > 1 for size in shape) > 1,
                "trainable": id(variable) in trainable,
                "next": nexts.get(known[0]),
            }
        )
    for seed in range(2, 7 if count < 2e6 else 2):
        for variable, known in paths_of(built(model, seed)[1]).values():
            if known[0] in moments:
                moments[known[0]].add(np.asarray(variable).ravel())
    is_code = not isinstance(found, keras.Model)
    return {
        "name": model["name"],
        "file": inspect.getsourcefile(inspect.unwrap(found)) if is_code else str((oracle.HERE / model["file"]).resolve()),
        "entry": model["entry"].rpartition(".")[2],
        "parameters": [{**parameter, **moments[parameter["path"]].result()} for parameter in parameters],
        "others": [path for variable, known in paths.values() if id(variable) not in weights for path in known],
        "notes": notes,
    }
