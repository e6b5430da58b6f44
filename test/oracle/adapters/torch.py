"""PyTorch: parameters from `named_parameters`, the graph from a TorchFunctionMode around a real forward in training mode."""

import inspect

import oracle
import torch
from graph import Graph
from measure import Moments
from torch import nn
from torch.overrides import TorchFunctionMode, resolve_name

ACTIVATIONS = {
    "relu": "relu", "relu6": "relu6", "leaky_relu": "leakyRelu", "rrelu": "rrelu", "elu": "elu", "celu": "celu", "selu": "selu",
    "gelu": "gelu",
    "sigmoid": "sigmoid", "expit": "sigmoid", "tanh": "tanh", "silu": "silu", "mish": "mish", "softplus": "softplus",
    "softsign": "softsign", "hardtanh": "hardTanh", "hardswish": "hardSwish", "hardsigmoid": "hardSigmoid", "logsigmoid": "logSigmoid",
    "tanhshrink": "tanhshrink", "hardshrink": "hardshrink", "softshrink": "softshrink", "threshold": "threshold", "sin": "sin",
    "cos": "cos", "exp": "exp", "erf": "erf", "abs": "abs", "square": "square", "sign": "sign", "prelu": "prelu",
}  # fmt: skip
NORMS = {
    "batch_norm": "batchNorm", "layer_norm": "layerNorm", "rms_norm": "layerNorm", "group_norm": "groupNorm",
    "instance_norm": "instanceNorm",
}  # fmt: skip
WEIGHTED = {
    "linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "bilinear", "lstm", "gru",
    "rnn_tanh", "rnn_relu", "lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell", "multi_head_attention_forward",
}  # fmt: skip
PRODUCTS = {"matmul", "mm", "bmm", "einsum", "tensordot", "addmm", "baddbmm", "grouped_mm", "_grouped_mm", "__matmul__", "__rmatmul__", "__imatmul__", "mv", "dot"}
SUMS = {"add", "add_", "__add__", "__radd__", "__iadd__", "sub", "sub_", "__sub__", "__rsub__", "__isub__", "rsub", "subtract", "sum_"}
TIMES = {"mul", "mul_", "__mul__", "__rmul__", "__imul__", "multiply", "div", "div_", "__truediv__", "__itruediv__", "true_divide", "divide"}
PASS = {
    "dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_dropout", "flatten", "reshape", "view", "permute",
    "transpose", "t", "cat", "concat", "concatenate", "stack", "chunk", "split", "split_with_sizes", "unbind", "__getitem__", "mean",
    "sum", "amax", "max", "pad", "interpolate", "contiguous", "roll", "expand", "squeeze", "unsqueeze", "clone", "to", "float", "half",
    "type", "detach", "repeat", "repeat_interleave", "unflatten", "swapaxes", "movedim", "narrow", "select", "pixel_shuffle",
    "pixel_unshuffle", "channel_shuffle", "flip", "expand_as", "view_as", "reshape_as", "type_as", "T", "mT", "maximum", "neg",
    "__neg__", "identity", "requires_grad_", "tile", "broadcast_to", "ravel", "unfold", "upsample", "normalize", "negative", "fmax", "index_select",
    "gather", "__iter__", "transpose_", "unsqueeze_", "squeeze_", "rot90", "swapdims", "data", "__get__", "masked_fill", "masked_fill_", "where",
}  # fmt: skip
# Values that only take their size or type from an activation.
CONSTANT = {
    "new_zeros", "new_ones", "new_empty", "new_full", "new_tensor", "zeros_like", "ones_like", "empty_like", "full_like", "rand_like",
    "randn_like", "argmax", "argmin", "topk", "bernoulli",
}  # fmt: skip
STOP = {"rsqrt", "sqrt", "var", "std", "eq", "ne", "lt", "le", "gt", "ge", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "softmax", "log_softmax", "glu", "scaled_dot_product_attention", "embedding_bag", "pow", "__pow__"}


def tensors(value, into, depth=0):
    if isinstance(value, torch.Tensor):
        into.append(value)
    elif isinstance(value, (list, tuple)) and depth < 4:
        for item in value:
            tensors(item, into, depth + 1)
    elif isinstance(value, dict) and depth < 4:
        for item in value.values():
            tensors(item, into, depth + 1)
    return into


class Recorder(TorchFunctionMode):
    def __init__(self, model, inputs):
        super().__init__()
        self.graph = Graph()
        self.keep = []  # ids stay unique while the tensors live
        self.nodes = {}
        self.params = {}
        for path, parameter in model.named_parameters():
            self.params[id(parameter)] = [path]
        for tensor in inputs:
            self.mark(tensor, self.graph.add("input"))

    def mark(self, tensor, node):
        self.keep.append(tensor)
        self.nodes[id(tensor)] = node
        self.params.pop(id(tensor), None)

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        given = tensors(args, [])
        tensors(kwargs, given)
        results = tensors(out, [])
        if not results:
            return out
        name = self.name_of(func)
        active = [self.nodes[id(t)] for t in given if id(t) in self.nodes]
        params = [path for t in given for path in self.params.get(id(t), [])]
        # A layer on data of its own (positions, a table of offsets) computes, though nothing of the input enters it.
        data = [t for t in given if id(t) not in self.nodes and id(t) not in self.params]
        if not active and params and data and name in (WEIGHTED | PRODUCTS | {"embedding"}) - {"mv", "dot"}:
            node = self.record(name, given, args, kwargs, [], params)
            for t in results:
                self.mark(t, node)
            return out
        if not active:
            if params:
                for t in results:
                    if id(t) not in self.params:
                        self.keep.append(t)
                        self.params[id(t)] = list(dict.fromkeys(params))
            return out
        if name in CONSTANT:
            return out
        if name in ("__set__", "__setitem__", "copy_", "fill_", "zero_"):
            return out
        node = self.record(name, given, args, kwargs, active, params)
        for t in results:
            self.mark(t, node)
        return out

    @staticmethod
    def name_of(func):
        name = getattr(func, "__name__", "") or ""
        if name == "__get__":
            return str(resolve_name(func) or "").split(".")[-2]
        return name

    def written_norm(self, ids):
        """Whether one of two factors was computed from the mean square of the other (RMS and layer norms written out)."""
        nodes = self.graph.nodes

        def roots(id, depth=0):
            node = nodes[id]
            yield id
            if depth < 8 and (node.name in ("rsqrt", "sqrt", "mean", "var", "std", "pow", "__pow__", "square") or node.kind in ("pass", "add")):
                for source in node.inputs:
                    yield from roots(source, depth + 1)

        for a, b in (ids, ids[::-1]):
            names = [nodes[i].name for i in roots(b)]
            if any(n in names for n in ("rsqrt", "sqrt", "std")) and set(roots(a)) & set(roots(b)) and nodes[a].name not in ("rsqrt", "sqrt"):
                # What the factor was computed by is part of the norm.
                for i in set(roots(b)) - set(roots(a)):
                    if nodes[i].kind in ("activation", "pass", "add"):
                        nodes[i].kind = "stop"
                return True
        return False

    def record(self, name, given, args, kwargs, active, params):
        add = self.graph.add
        plain = name.rstrip("_") if name.endswith("_") and not name.startswith("__") else name
        distinct = list(dict.fromkeys(active))
        if name in WEIGHTED:
            return add("weighted", name, active, params)
        if name in PRODUCTS:
            return add("weighted" if params else "stop", name, active, params)
        if name == "embedding":
            return add("embedding", name, active, params)
        if plain in ACTIVATIONS:
            row = ACTIVATIONS[plain]
            if plain == "gelu" and (kwargs.get("approximate") or (args[1] if len(args) > 1 else "none")) == "tanh":
                row = "geluTanh"
            # relu6 is spelled as a hardtanh.
            if plain == "hardtanh" and 6.0 in (kwargs.get("max_val"), *args[2:3]):
                row = "relu6"
            return add("activation", row, active)
        if name in ("pow", "__pow__") and len(args) > 1 and args[1] == 2:
            return add("activation", "square", active)
        if plain in ("clamp", "clip", "clamp_min"):
            low = kwargs.get("min", args[1] if len(args) > 1 else None)
            high = kwargs.get("max", args[2] if len(args) > 2 else None)
            if low == 0 and high in (None, 6):
                return add("activation", "relu" if high is None else "relu6", active)
            return add("opaque", name, active)
        if name in NORMS:
            return add("norm", NORMS[name], active[:1])
        if name in TIMES and len(distinct) == 2 and self.written_norm(distinct):
            return add("norm", "layerNorm", [n for n in distinct if self.graph.nodes[n].name not in ("rsqrt", "sqrt", "add", "__add__")][:1])
        if name in SUMS:
            return add("add" if len(distinct) > 1 else "pass", name, active, [] if len(distinct) > 1 else params)
        if name in TIMES:
            both = len([t for t in given if id(t) in self.nodes]) > 1
            reciprocal = name in ("__rtruediv__", "__rdiv__")
            return add("stop" if both or reciprocal else "pass", name, active, [] if both else params)
        if name in STOP:
            return add("stop", name, active)
        if name in PASS or "pool" in name:
            return add("pass", name, active)
        return add("opaque", name, active)


def sample(spec):
    if isinstance(spec, dict):
        return torch.randint(0, spec["integer"], spec["shape"]) if "integer" in spec else torch.randn(*spec["shape"])
    return torch.randn(*spec)


def arguments(specs):
    """Inputs in order, and those that are given by their name."""
    named = {spec["name"]: sample(spec) for spec in specs if isinstance(spec, dict) and "name" in spec}
    return [sample(spec) for spec in specs if not (isinstance(spec, dict) and "name" in spec)], named


def describe(model):
    build = oracle.resolve(model)
    made = {name: oracle.built(value) for name, value in model.get("build", {}).items()}
    total = None
    moments = {}
    real = None
    seeds = 3
    seed = 0
    while seed < seeds:
        torch.manual_seed(seed)
        one = build(**made)
        if real is None:
            real = one
            total = sum(p.numel() for p in one.parameters() if not isinstance(p, nn.parameter.UninitializedParameter))
            seeds = 8 if total < 2e6 else 3 if total < 6e7 else 1
        inputs, named = arguments(model["inputs"])
        if any(isinstance(p, nn.parameter.UninitializedParameter) for p in one.parameters()):
            with torch.no_grad():
                one(*inputs, **named)
        for path, parameter in one.named_parameters():
            moments.setdefault(path, Moments()).add(parameter.detach().float().numpy().ravel())
        seed += 1
    real.train()
    notes = []
    nexts = {}
    try:
        recorder = Recorder(real, [*inputs, *named.values()])
        with torch.no_grad(), recorder:
            real(*inputs, **named)
        nexts = recorder.graph.next_of_params()
        notes = [f"not classified: {name}" for name in recorder.graph.opaque()]
    except Exception as error:
        notes.append(f"forward failed: {type(error).__name__}: {error}"[:200])
    first = {}
    aliases = {}
    for path, parameter in real.named_parameters(remove_duplicate=False):
        if id(parameter) in first:
            aliases.setdefault(first[id(parameter)], []).append(path)
        else:
            first[id(parameter)] = path
    parameters = []
    for path, parameter in real.named_parameters():
        shape = list(parameter.shape)
        fans = nn.init._calculate_fan_in_and_fan_out(parameter) if parameter.dim() >= 2 else (None, None)
        parameters.append(
            {
                "path": path,
                "aliases": aliases.get(path, []),
                "shape": shape,
                "fanIn": fans[0],
                "fanOut": fans[1],
                "matrix": sum(size > 1 for size in shape) > 1,
                **moments[path].result(),
                "trainable": parameter.requires_grad,
                "next": nexts.get(path),
            }
        )
    source = inspect.getsourcefile(inspect.unwrap(build))
    return {
        "name": model["name"],
        "file": source,
        "entry": model["entry"].rpartition(".")[2],
        "parameters": parameters,
        "others": [path for path, _ in real.named_buffers()],
        "notes": notes,
    }
