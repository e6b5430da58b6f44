"""Runs programs after their fixes with the real framework and measures the weights that the fixes draw (npm run measure).

    python measure_fixes.py --framework torch --spec PROGRAMS.json --out MEASURED.jsonl

A program of the spec has `hash`, `text`, and `networks`, each with `name`, `inputs`, `output` and the `paths` of its weights. A line:

    { "hash": "…",
      "stopped": null                   or where the program stopped and why; what it had made by then is measured all the same
      "networks": [ { "name": "Net", "weights": { path: { shape, count, mean, std, kurtosis } }, "failed": null or why } ] }

Data that a program reads without having it (`data.pt`, `loader`) is made here, of the shapes that the network takes and gives.
Names, draws and Theano's stand-in are those of the oracle (test/oracle).
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "oracle"))
import numpy as np
import oracle
from measure import Moments

SECONDS = 120
# After so many a network is drawn no more.
LONG = 20
MOST_DRAWS, ENOUGH = 4, 8_000


class Framework:
    """What frameworks do differently; `adapter` is the oracle's."""

    adapter = None

    def __init__(self):
        if self.adapter:
            self.oracle = oracle.load_file("oracle_adapter_" + self.adapter, oracle.HERE / "adapters" / (self.adapter + ".py"))

    def version(self):
        return {}

    def seed(self, n):
        np.random.seed(n)

    def tensor(self, array):
        return array

    def save(self, x, y):
        """Files that examples load."""

    def built(self, value, scope, seed):
        return value() if isinstance(value, type) else value() if callable(value) and hasattr(value, "__code__") else value

    def run(self, made, inputs):
        """Feeds the network; its weights by path are in `weights` afterwards."""


class Torch(Framework):
    def __init__(self):
        import torch

        self.torch = torch
        self.manual = torch.manual_seed
        torch.set_num_threads(1)

    def version(self):
        return {"torch": self.torch.__version__}

    def seed(self, n):
        self.manual(n)
        self.torch.manual_seed = lambda *_: None

    def tensor(self, array):
        return self.torch.as_tensor(array)

    def save(self, x, y):
        self.torch.save([(x, y)], "data.pt")
        self.torch.save((x, y), "batch.pt")

    def run(self, made, inputs):
        with self.torch.no_grad():
            made.train()(*inputs)

    def weights(self, made, paths, scope):
        known = dict(made.named_parameters(remove_duplicate=False))
        return {path: known[path].detach().numpy() for path in paths}


class Keras(Framework):
    adapter = "keras"

    def version(self):
        return {"keras": self.oracle.keras.__version__, "tensorflow": self.oracle.tf.__version__}

    def seed(self, n):
        self.oracle.keras.backend.clear_session()
        self.oracle.keras.utils.set_random_seed(n)

    def tensor(self, array):
        return self.oracle.tf.convert_to_tensor(array)

    def save(self, x, y):
        shutil.rmtree("data", ignore_errors=True)
        self.oracle.tf.data.Dataset.from_tensors((x, y)).save("data")

    def run(self, made, inputs):
        if callable(made):
            made(inputs[0] if len(inputs) == 1 else inputs)

    def weights(self, made, paths, scope):
        if made is scope:
            return {path: np.asarray(self.oracle.tf.convert_to_tensor(scope[path])) for path in paths}
        known = {path: variable for variable, all_paths in self.oracle.paths_of(made).values() for path in all_paths}
        return {path: np.asarray(known[path]) for path in paths}


class Flax(Framework):
    adapter = "flax"

    def version(self):
        import flax
        import jax

        return {"flax": flax.__version__, "jax": jax.__version__}

    def tensor(self, array):
        return self.oracle.jnp.asarray(array)

    def save(self, x, y):
        np.savez("batch.npz", x=x, y=y)

    def built(self, value, scope, seed):
        nnx = self.oracle.nnx
        self.key = self.oracle.jax.random.key(seed)
        if isinstance(value, type) and issubclass(value, nnx.Module):
            return value(rngs=nnx.Rngs(seed))
        return super().built(value, scope, seed)

    def run(self, made, inputs):
        if isinstance(made, self.oracle.nnx.Module):
            made(*inputs)
        else:
            rngs = dict(zip(("params", "dropout", "sample"), self.oracle.jax.random.split(self.key, 3)))
            self.drawn = made.init(rngs, *inputs)["params"]

    def weights(self, made, paths, scope):
        if isinstance(made, self.oracle.nnx.Module):
            known = {path: v.get_value() for path, v in self.oracle.flat_nnx(self.oracle.nnx.state(made, self.oracle.nnx.Param)).items()}
        else:
            known = {"/".join(path): v for path, v in self.oracle.flatten_dict(self.oracle.nn.meta.unbox(self.drawn)).items()}
        return {path: np.asarray(known[path], "float64") for path in paths}


class Lasagne(Framework):
    adapter = "lasagne"

    def version(self):
        theano = "a stand-in" if self.oracle.PLAYED else self.oracle.theano.__version__
        return {"lasagne": self.oracle.lasagne.__version__, "theano": theano}

    def seed(self, n):
        super().seed(n)
        self.oracle.MADE.clear()
        self.oracle.ADDED.clear()
        self.oracle.lasagne.random.set_rng(np.random.RandomState(n))

    def run(self, made, inputs):
        given = {layer: self.oracle.theano_standin.Variable(x) for layer, x in zip(self.inputs_of(made), inputs)}
        self.oracle.L.get_output(made, given)

    def inputs_of(self, made):
        return [layer for layer in self.oracle.L.get_all_layers(made) if isinstance(layer, self.oracle.L.InputLayer)]

    def weights(self, made, paths, scope):
        tops = made if isinstance(made, list) else [made]
        known = {path: variable for variable, all_paths, _ in self.oracle.found_in(tops) for path in all_paths}
        return {path: np.asarray(known[path].get_value()) for path in paths}


class Numpy(Framework):
    adapter = "numpy"

    def __init__(self):
        super().__init__()
        self.oracle.theano_standin.install()

    def version(self):
        return {"numpy": np.__version__}

    def run(self, made, inputs):
        """Its one method that takes the data."""
        for name, method in vars(type(made)).items():
            if not name.startswith("_") and getattr(getattr(method, "__code__", None), "co_argcount", 0) == 1 + len(inputs):
                getattr(made, name)(*inputs)

    def weights(self, made, paths, scope):
        return {path: np.asarray(self.oracle.array_of(self.oracle.at(made, path))) for path in paths}


FRAMEWORKS = {"torch": Torch, "keras": Keras, "flax": Flax, "lasagne": Lasagne, "numpy": Numpy}


class TooLong(Exception):
    pass


def told(error):
    return f"{type(error).__name__}: {error}".split("\n")[0][:200]


def sample(spec):
    """An input of the network; None where a size is not known."""
    shape = spec["shape"]
    if shape is None or None in shape:
        return None
    return np.random.randint(0, 2, shape) if spec["integer"] else np.random.randn(*shape).astype("float32")


def targets(output):
    """Classes, values between 0 and 1, and those without axes of one."""
    if output is None or None in output:
        return [np.zeros(8, "int64")]
    values = np.random.rand(*output).astype("float32")
    return [np.random.randint(0, output[-1], output[:-1]), values, values.reshape([n for n in output if n > 1])]


def executed(framework, program, y, seed):
    """The globals of a program, and where it stopped."""
    first = program["networks"][0] if program["networks"] else {"inputs": [], "output": None}
    x = sample(first["inputs"][0]) if first["inputs"] else None
    scope = {"__name__": "program", "__builtins__": __builtins__}
    if x is not None:
        pair = (framework.tensor(x), framework.tensor(y))
        framework.save(*pair)
        scope.update(data=type("Data", (), {"x": pair[0], "y": pair[1]}), loader=[pair])
    framework.seed(seed)
    try:
        exec(compile(program["text"], "program", "exec"), scope)
    except TooLong:
        raise
    except BaseException as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "program"]
        return scope, f"line {lines[0] if lines else '?'}: {told(error)}"
    return scope, None


def fed(framework, made, inputs):
    """Runs the network; why it could not."""
    try:
        framework.run(made, [framework.tensor(x) for x in inputs])
    except TooLong:
        raise
    except Exception as error:
        return told(error)


def measured(framework, program):
    ys = targets(program["networks"][0]["output"]) if program["networks"] else [np.zeros(8)]
    stopped = None
    for y in ys:
        _, stopped = executed(framework, program, y, 0)
        if stopped is None:
            break
    networks = []
    for network in program["networks"]:
        moments, shapes, firsts, failed = {}, {}, {}, None
        paths = network["paths"]
        began = time.time()
        for seed in range(1, MOST_DRAWS + 1):
            try:
                scope, _ = executed(framework, program, y, seed)
                if network["name"] not in scope and network["name"] != "script":
                    raise LookupError(stopped or f"nothing is called {network['name']}")
                value = scope if network["name"] == "script" else scope[network["name"]]
                made = framework.built(value, scope, seed)
                inputs = [sample(one) for one in network["inputs"]]
                if made is not scope and all(x is not None for x in inputs):
                    failed = fed(framework, made, inputs) or failed
                drawn = framework.weights(made, paths, scope)
            except TooLong:
                raise
            except Exception as error:
                failed = failed or told(error)
                break
            for path, values in drawn.items():
                shapes[path] = list(values.shape)
                # A program that fixes its own seed draws the same values again.
                if path in firsts and np.array_equal(firsts[path], values):
                    continue
                firsts.setdefault(path, np.array(values))
                moments.setdefault(path, Moments()).add(np.asarray(values).reshape(-1))
            if time.time() - began > LONG or all(moments[path].result()["count"] >= ENOUGH for path in paths):
                break
        weights = {path: {"shape": shapes[path], **moments[path].result()} for path in moments}
        networks.append({"name": network["name"], "weights": weights, "failed": failed})
    return {"hash": program["hash"], "stopped": stopped, "networks": networks}


def main():
    parser = argparse.ArgumentParser()
    for name in ("framework", "spec", "out"):
        parser.add_argument("--" + name, required=True)
    options = parser.parse_args()

    def late(*_):
        raise TooLong(f"it ran longer than {SECONDS} s")

    signal.signal(signal.SIGALRM, late)
    framework = FRAMEWORKS[options.framework]()
    programs = json.loads(pathlib.Path(options.spec).read_text())
    out = open(options.out, "a")
    print(json.dumps({"versions": framework.version()}), file=out, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for program in programs:
            signal.alarm(SECONDS)
            try:
                line = measured(framework, program)
            except BaseException as error:
                line = {"hash": program["hash"], "stopped": told(error), "networks": []}
            signal.alarm(0)
            print(json.dumps(line), file=out, flush=True)


if __name__ == "__main__":
    main()
