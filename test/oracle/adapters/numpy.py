"""Networks by hand over arrays (numpy, Theano's shared variables, TensorFlow's variables): the script runs, the weights are measured.

No object holds such a network, so the suite says by hand what a framework's graph would tell. A model of the suite has

    "until": "for step"        the script is run up to the first line that begins with this, so that weights are as they start
    "real": "net"              global that holds the weights; else the entry is a class and is built with `build`, or it is `script`
    "under": "params"          where in that the weights are, if `inspect` leaves out a name that all of them share
    "weights": { "W1": ["rows", "relu"], … }   by `inspect`'s paths: samples are rows (x @ W) or columns (W @ x), and the activations that
                                               the product reaches, nearest first
    "biases": ["b1", …]

Shapes, means and deviations are those of the arrays; fans are rows and columns of the array that was made. Only files of this repository
are run. Theano is played by a stand-in (theano_standin.py).
"""

import re
import sys

import numpy as np
import oracle
import theano_standin
from measure import Moments

SEEDS = 5


def run(path, until):
    """The globals of a file after it ran, up to a line."""
    text = path.read_text()
    if until is not None:
        lines = text.split("\n")
        text = "\n".join(lines[: next(i for i, line in enumerate(lines) if line.startswith(until))])
    scope = {"__name__": "oracle_model", "__file__": str(path)}
    exec(compile(text, str(path), "exec"), scope)
    return scope


def at(root, path):
    """The value under `layers[0].W`: globals, attributes and items of dicts are spelled alike."""
    value = root
    for name, index in re.findall(r"(\w+)|\[(\d+)\]", path):
        if index:
            value = value[int(index)]
        else:
            value = value[name] if isinstance(value, dict) else getattr(value, name)
    return value


def array_of(leaf):
    if isinstance(leaf, np.ndarray):
        return leaf
    if hasattr(leaf, "get_value"):
        return leaf.get_value()
    import tensorflow as tf

    if tf.executing_eagerly():
        return leaf.numpy()
    with tf.compat.v1.Session() as session:
        session.run(leaf.initializer)
        return session.run(leaf)


def weights_of(model, seed):
    """The arrays of a fresh network by their paths."""
    np.random.seed(seed)
    # A script that fixes its seed would draw the same values every time.
    fixed, np.random.seed = np.random.seed, lambda *_: None
    if "tensorflow" in sys.modules:
        sys.modules["tensorflow"].compat.v1.reset_default_graph()
    try:
        scope = run((oracle.HERE / model["file"]).resolve(), model.get("until"))
        if "real" in model:
            root = scope[model["real"]]
        elif model["entry"] == "script":
            root = scope
        else:
            root = scope[model["entry"]](*model.get("build", []))
    finally:
        np.random.seed = fixed
    root = at(root, model.get("under", ""))
    return {path: array_of(at(root, path)) for path in [*model["weights"], *model.get("biases", [])]}


def describe(model):
    theano_standin.install()
    draws = [weights_of(model, seed) for seed in range(SEEDS)]
    parameters = []
    for path, first in draws[0].items():
        moments = Moments()
        for draw in draws:
            moments.add(draw[path].reshape(-1))
        side, *reached = model["weights"].get(path, [None])
        fans = {"rows": first.shape[:2], "columns": first.shape[1::-1]}.get(side, (None, None))
        parameters.append(
            {
                "path": path,
                "aliases": [],
                "shape": list(first.shape),
                "fanIn": fans[0],
                "fanOut": fans[1],
                "matrix": side is not None,
                **moments.result(),
                "trainable": True,
                "next": None if side is None else [{"act": act, "via": []} for act in reached],
            }
        )
    return {
        "name": model["name"],
        "file": str((oracle.HERE / model["file"]).resolve()),
        "entry": model["entry"],
        "parameters": parameters,
        "others": [],
        "notes": [],
    }
