"""Flax, linen and nnx: parameters from `init` (or from the module), the graph from the jaxpr of a call in training mode.

A model of the suite may say `real`: the name that builds it where the network of `inspect` is a function that makes a training state;
`call`: keyword arguments of `__call__`; inputs are shapes, `{"integer": n, "shape": […]}` or `{"key": true}`.
What one module computes (norms, attention, cells, dropout) is marked by a named scope and is one node of the graph.
"""

import functools

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import oracle
from flax import nnx
from flax.traverse_util import flatten_dict
from graph import Graph
from jax._src.nn import initializers
from measure import Moments

# Functions that JAX compiles by themselves: one equation of this name.
ACTIVATIONS = {
    "relu": "relu", "relu6": "relu6", "leaky_relu": "leakyRelu", "elu": "elu", "celu": "celu", "selu": "selu", "silu": "silu",
    "swish": "silu", "hard_silu": "hardSwish", "hard_swish": "hardSwish", "mish": "mish", "log_sigmoid": "logSigmoid",
    "hard_sigmoid": "hardSigmoid", "hard_tanh": "hardTanh", "softplus": "softplus", "soft_sign": "softsign", "squareplus": "squareplus",
    "sigmoid": "sigmoid",
}  # fmt: skip
PRIMITIVES = {
    "tanh": "tanh", "logistic": "sigmoid", "exp": "exp", "sin": "sin", "cos": "cos", "erf": "erf", "abs": "abs", "sign": "sign",
    "square": "square",
}  # fmt: skip
PASS = {
    "reshape", "transpose", "broadcast_in_dim", "squeeze", "expand_dims", "slice", "dynamic_slice", "concatenate", "pad", "select_n",
    "convert_element_type", "reduce_sum", "reduce_max", "reduce_min", "reduce_window", "reduce_window_max", "reduce_window_sum",
    "reduce_precision", "rev", "copy", "stop_gradient", "split", "neg", "reduce_window_min", "copy_p", "dynamic_update_slice",
}  # fmt: skip
STOP = {"eq", "ne", "lt", "le", "gt", "ge", "argmax", "argmin", "and", "or", "not", "integer_pow", "pow", "is_finite", "sort"}
STOPPING = {"softmax", "log_softmax", "_one_hot", "one_hot", "glu"}
INLINED = {"pjit", "jit", "custom_jvp_call", "custom_vjp_call", "remat", "remat2", "checkpoint", "closed_call", "core_call", "custom_vjp_call_jaxpr"}

MARK = "oracle:"
counter = 0


def mark(cls, kind, name, method="__call__"):
    """Everything that a module computes under one scope."""
    original = getattr(cls, method, None)
    if original is None:
        return

    @functools.wraps(original)
    def marked(self, *args, **kwargs):
        global counter
        counter += 1
        with jax.named_scope(f"{MARK}{kind}:{name}:{counter}:"):
            return original(self, *args, **kwargs)

    setattr(cls, method, marked)


for api in (nn, nnx):
    for name, kind in (("BatchNorm", "batchNorm"), ("LayerNorm", "layerNorm"), ("RMSNorm", "layerNorm"), ("GroupNorm", "groupNorm"), ("InstanceNorm", "instanceNorm")):
        mark(getattr(api, name), "norm", kind)
    for name in ("LSTMCell", "OptimizedLSTMCell", "GRUCell", "SimpleCell", "MGUCell", "RNN", "MultiHeadDotProductAttention", "MultiHeadAttention"):
        if hasattr(api, name):
            mark(getattr(api, name), "weighted", name)
    mark(api.Dropout, "pass", "dropout")
    mark(api.PReLU, "activation", "prelu")


def mark_function(holder, name, kind, label):
    original = getattr(holder, name)

    @functools.wraps(original)
    def marked(*args, **kwargs):
        global counter
        counter += 1
        with jax.named_scope(f"{MARK}{kind}:{label(args, kwargs)}:{counter}:"):
            return original(*args, **kwargs)

    setattr(holder, name, marked)


def gelu_row(args, kwargs):
    return "geluTanh" if kwargs.get("approximate", args[1] if len(args) > 1 else True) else "gelu"


for holder in (nn, nnx, jax.nn):
    mark_function(holder, "gelu", "activation", gelu_row)
    mark_function(holder, "softmax", "stop", lambda *_: "softmax")
    mark_function(holder, "log_softmax", "stop", lambda *_: "log_softmax")
    mark_function(holder, "dot_product_attention", "stop", lambda *_: "attention")
    for name in ("relu", "leaky_relu", "elu", "selu", "silu", "swish", "softplus", "sigmoid"):
        mark_function(holder, name, "activation", lambda *_, row=ACTIVATIONS[name]: row)

# ── fans ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

asked = None
compute_fans = initializers._compute_fans


def recording_fans(*args, **kwargs):
    global asked
    asked = tuple(float(f) for f in compute_fans(*args, **kwargs))
    return asked


initializers._compute_fans = recording_fans
fans = {}
linen_param = nn.Module.param


def recording_param(self, name, init_fn, *args, **kwargs):
    global asked
    asked = None
    value = linen_param(self, name, init_fn, *args, **kwargs)
    if self.scope is not None and asked is not None:
        fans.setdefault("/".join((*self.scope.path, name)), asked)
    return value


nn.Module.param = recording_param
nnx_init = nnx.Param.__init__


def recording_nnx(self, *args, **kwargs):
    global asked
    nnx_init(self, *args, **kwargs)
    if asked is not None:
        fans[id(self)] = asked
    asked = None


nnx.Param.__init__ = recording_nnx


def fans_of(key, shape):
    """As `variance_scaling` computed them; a kernel of two axes that was drawn otherwise has them by its shape."""
    known = fans.get(key)
    if known is not None:
        return [round(known[0], 6), round(known[1], 6)]
    return [shape[0], shape[1]] if len(shape) == 2 and key.endswith("kernel") else [None, None]


# ── graph ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Reader:
    def __init__(self):
        self.graph = Graph()
        # Of a variable: its node where it depends on an input, the parameters it was made from where it does not.
        self.nodes = {}
        self.params = {}
        self.groups = {}

    def of(self, var):
        return None if isinstance(var, jax.extend.core.Literal) else var

    def read(self, jaxpr, outer=""):
        for eqn in jaxpr.eqns:
            stack = outer + "/" + str(eqn.source_info.name_stack)
            self.equation(eqn, stack)

    def inner(self, eqn):
        for key in ("jaxpr", "call_jaxpr", "fun_jaxpr"):
            if key in eqn.params:
                found = eqn.params[key]
                return found.jaxpr if hasattr(found, "jaxpr") else found
        return None

    def bind(self, inner, given):
        for var, outer in zip(inner, given):
            outer = self.of(outer)
            self.nodes.pop(var, None)
            self.params.pop(var, None)
            if outer is not None and outer in self.nodes:
                self.nodes[var] = self.nodes[outer]
            if outer is not None and outer in self.params:
                self.params[var] = self.params[outer]

    def equation(self, eqn, stack):
        given = [v for v in (self.of(v) for v in eqn.invars) if v is not None]
        active = [self.nodes[v] for v in given if v in self.nodes]
        params = [p for v in given for p in self.params.get(v, [])]
        name = eqn.primitive.name
        if not active:
            if name == "scan" and params:
                return self.scan(eqn, stack)
            if params:
                for out in eqn.outvars:
                    self.params[out] = list(dict.fromkeys(params))
            return None
        if MARK in stack:
            return self.group(stack, eqn, active, params)
        title = str(eqn.params.get("name", "")) if name in ("pjit", "jit") else ""
        if title in ACTIVATIONS:
            return self.emit(eqn, "activation", ACTIVATIONS[title], active)
        if title in STOPPING:
            return self.emit(eqn, "stop", title, active)
        if name in INLINED:
            inner = self.inner(eqn)
            self.bind(inner.invars, eqn.invars)
            self.read(inner, stack)
            self.bind(eqn.outvars, inner.outvars)
            return None
        if name == "scan":
            return self.scan(eqn, stack)
        return self.plain(eqn, name, given, active, params)

    def group(self, stack, eqn, active, params):
        tag = stack[stack.index(MARK) + len(MARK) :]
        kind, label, number = tag.split(":")[:3]
        inside = self.groups.get(number)
        outside = [n for n in active if n != inside]
        if inside is None:
            inside = self.graph.add(kind, label, outside, params)
            self.groups[number] = inside
        else:
            node = self.graph.nodes[inside]
            node.inputs = list(dict.fromkeys([*node.inputs, *(n for n in outside if n < inside)]))
            node.params = list(dict.fromkeys([*node.params, *params]))
        for out in eqn.outvars:
            self.nodes[out] = inside

    def scan(self, eqn, stack):
        inner = eqn.params["jaxpr"].jaxpr
        consts, carry = eqn.params["num_consts"], eqn.params["num_carry"]
        steps = min(eqn.params["length"], 8)
        self.bind(inner.invars, eqn.invars)
        for step in range(steps):
            self.read(inner, f"{stack}/step{step}")
            carries = [(self.nodes.get(v), self.params.get(v)) for v in inner.outvars[:carry] if self.of(v) is not None]
            if step + 1 < steps:
                for var, (node, own) in zip(inner.invars[consts : consts + carry], carries):
                    if node is not None:
                        self.nodes[var] = node
                    if own is not None:
                        self.params[var] = own
        self.bind(eqn.outvars, inner.outvars)

    def emit(self, eqn, kind, name, active, params=()):
        node = self.graph.add(kind, name, active, params)
        for out in eqn.outvars:
            self.nodes[out] = node

    def plain(self, eqn, name, given, active, params):
        distinct = list(dict.fromkeys(active))
        if name in ("dot_general", "conv_general_dilated"):
            return self.emit(eqn, "weighted" if params else "stop", name, active, params)
        if name == "gather":
            table = self.of(eqn.invars[0])
            return self.emit(eqn, "embedding" if table in self.params and table not in self.nodes else "pass", name, active, params)
        if name in PRIMITIVES:
            return self.emit(eqn, "activation", PRIMITIVES[name], active)
        if name == "integer_pow" and eqn.params["y"] == 2:
            return self.emit(eqn, "activation", "square", active)
        if name == "max" and len(distinct) == 1 and any(isinstance(v, jax.extend.core.Literal) and v.val == 0 for v in eqn.invars):
            return self.emit(eqn, "activation", "relu", active)
        if name in ("add", "sub", "add_any"):
            return self.emit(eqn, "add" if len(distinct) > 1 else "pass", name, active, [] if len(distinct) > 1 else params)
        if name in ("mul", "div"):
            both = sum(v in self.nodes for v in given) > 1
            return self.emit(eqn, "stop" if both or (name == "div" and self.of(eqn.invars[0]) not in self.nodes) else "pass", name, active, [] if both else params)
        if name == "select_n":
            picked = [self.nodes[v] for v in (self.of(v) for v in eqn.invars[1:]) if v is not None and v in self.nodes]
            return self.emit(eqn, "pass", name, picked or active)
        if name in STOP:
            return self.emit(eqn, "stop", name, active)
        if name in PASS or name.startswith("reduce_window"):
            return self.emit(eqn, "pass", name, active, params)
        return self.emit(eqn, "opaque", name, active)


def nexts_of(closed, paths, inputs):
    """`paths`: of the leading invars; `inputs`: how many variables after them are inputs."""
    reader = Reader()
    jaxpr = closed.jaxpr
    for var, path in zip(jaxpr.invars, paths):
        if path is not None:
            reader.params[var] = [path]
    for var in jaxpr.invars[len(paths) : len(paths) + inputs]:
        reader.nodes[var] = reader.graph.add("input")
    reader.read(jaxpr)
    return reader.graph.next_of_params(), reader.graph.opaque()


# ── models ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def sample(spec, seed):
    if isinstance(spec, dict) and spec.get("key"):
        return jax.random.key(seed)
    if isinstance(spec, dict):
        return jax.random.randint(jax.random.key(seed), spec["shape"], 0, spec["integer"])
    return jax.random.normal(jax.random.key(seed), spec)


def parameter(path, values, moments, key, next_of):
    shape = list(values.shape)
    fan_in, fan_out = fans_of(key, shape)
    return {
        "path": path,
        "aliases": [],
        "shape": shape,
        "fanIn": fan_in,
        "fanOut": fan_out,
        # The vectors of a scan over layers are stacked and stay vectors.
        "matrix": sum(size > 1 for size in shape) > 1 and path.rpartition("/")[2] not in ("bias", "scale"),
        **moments.result(),
        "trainable": True,
        "next": next_of,
    }


def seeds_for(total):
    return 8 if total < 2e6 else 3 if total < 6e7 else 1


def describe_linen(model, module, call, inputs):
    @jax.jit
    def init(seed):
        names = ("params", "dropout", "sample", "noise")
        rngs = dict(zip(names, jax.random.split(jax.random.key(seed), len(names))))
        return module.init(rngs, *inputs, **call)

    first = init(0)
    collections = {k: v for k, v in first.items() if k != "params"}
    flat = {"/".join(k): v for k, v in flatten_dict(nn.meta.unbox(first["params"])).items()}
    moments = {path: Moments() for path in flat}
    for seed in range(seeds_for(sum(v.size for v in flat.values()))):
        drawn = first if seed == 0 else init(seed)
        for path, values in flatten_dict(nn.meta.unbox(drawn["params"])).items():
            moments["/".join(path)].add(np.asarray(values, dtype="float64").ravel())
    arrays = [x for x in inputs if not jax.dtypes.issubdtype(x.dtype, jax.dtypes.prng_key)]

    def run(params, xs):
        rest = list(xs)
        args = [x if jax.dtypes.issubdtype(x.dtype, jax.dtypes.prng_key) else rest.pop(0) for x in inputs]
        rngs = {name: jax.random.key(1) for name in ("dropout", "sample", "noise")}
        return module.apply({"params": params, **collections}, *args, **call, rngs=rngs, mutable=list(collections) or False)

    nexts, opaque, notes = {}, [], []
    try:
        params = nn.meta.unbox(first["params"])
        leaves = ["/".join(str(k.key) for k in path) for path, _ in jax.tree_util.tree_flatten_with_path(params)[0]]
        nexts, opaque = nexts_of(jax.make_jaxpr(run)(params, arrays), leaves, len(arrays))
    except Exception as error:
        notes.append(f"the call failed: {type(error).__name__}: {error}"[:200])
    others = ["/".join(k) for c in collections.values() for k in flatten_dict(c)]
    parameters = [parameter(path, values, moments[path], path, nexts.get(path)) for path, values in flat.items()]
    return parameters, others, notes + [f"not classified: {name}" for name in opaque]


def flat_nnx(state):
    return {"/".join(str(k) for k in path): variable for path, variable in nnx.to_flat_state(state)}


def describe_nnx(model, build, made, call, inputs):
    moments = {}
    real = None
    seeds, seed = 3, 0
    while seed < seeds:
        one = build(**made, rngs=nnx.Rngs(seed))
        params = flat_nnx(nnx.state(one, nnx.Param))
        if real is None:
            real = one
            seeds = seeds_for(sum(np.size(v.get_value()) for v in params.values()))
            own = {"/".join(str(k) for k in path): fans.get(id(v)) for path, v in nnx.iter_graph(one) if isinstance(v, nnx.Param)}
            for path, known in own.items():
                if known is not None:
                    fans["nnx/" + path] = known
        for path, variable in params.items():
            moments.setdefault(path, Moments()).add(np.asarray(variable.get_value(), dtype="float64").ravel())
        seed += 1
    graphdef, params, rest = nnx.split(real, nnx.Param, ...)
    others = list(flat_nnx(rest))

    def run(params, rest, xs):
        return nnx.merge(graphdef, params, rest)(*xs, **call)

    nexts, opaque, notes = {}, [], []
    flat = flat_nnx(params)
    try:
        leaves = ["/".join(str(getattr(k, "key", getattr(k, "idx", getattr(k, "name", k)))) for k in path if str(k) != ".value") for path, _ in jax.tree_util.tree_flatten_with_path(params)[0]]
        unnamed = [None] * len(jax.tree_util.tree_leaves(rest))
        nexts, opaque = nexts_of(jax.make_jaxpr(run)(params, rest, inputs), leaves + unnamed, len(inputs))
    except Exception as error:
        notes.append(f"the call failed: {type(error).__name__}: {error}"[:200])
    parameters = [
        parameter(path, np.asarray(v.get_value()), moments[path], "nnx/" + path, nexts.get(path)) for path, v in flat.items()
    ]
    return parameters, others, notes + [f"not classified: {name}" for name in opaque]


def describe(model):
    real = {**model, "entry": model.get("real", model["entry"])}
    build = oracle.resolve(real)
    made = model.get("build", {})
    call = model.get("call", {})
    inputs = [sample(spec, i) for i, spec in enumerate(model["inputs"])]
    fans.clear()
    if isinstance(build, type) and issubclass(build, nnx.Module) or model.get("api") == "nnx":
        parameters, others, notes = describe_nnx(model, build, made, call, inputs)
    else:
        module = build if isinstance(build, nn.Module) else build(**made)
        parameters, others, notes = describe_linen(model, module, call, inputs)
    return {
        "name": model["name"],
        "file": str(oracle.HERE / model["file"]),
        "entry": model["entry"].rpartition(".")[2],
        "parameters": parameters,
        "others": others,
        "notes": notes,
    }
