"""Instantiates models of a suite with the real framework and writes what they hold, one JSON object a line.

    python oracle.py --adapter torch --spec SPEC.json --out DUMP.jsonl [--import MODULE ...]

SPEC is a list of models (see suites.json). An adapter is one file of adapters/ with a function

    describe(model: dict) -> dict

A line of the dump:

    { "name": "resnet18",                 the model's name in the suite
      "file": "/…/resnet.py",             source that the analyser is given
      "entry": "resnet18",                the network's name in `inspect`: function, class or variable
      "parameters": [ {
          "path": "layer1.0.conv1.weight", as the framework spells it (and as `inspect` does)
          "aliases": [],                   other paths of the same tensor
          "shape": [64, 64, 3, 3],
          "fanIn": 576, "fanOut": 576,     as the framework's initializers compute them; null where they do not
          "matrix": true,                  a weight matrix: more than one axis of more than one element
          "count": 110592, "mean": 0, "std": 0.0589, "kurtosis": 3.0,   measured over all seeds
          "trainable": true,
          "next": [ { "act": "relu", "via": ["batchNorm"] } ]   activations that the output reaches, nearest first (graph.py);
                                           null: not understood, [] none
      } ],
      "others": ["bn1.running_mean"],     paths that the framework holds and that are no parameters
      "notes": [] }                       what the adapter did not understand

or { "name", "error" } where the model could not be built. adapters/tfjs.mjs would do the same for TensorFlow.js.
"""

import argparse
import importlib
import importlib.util
import json
import pathlib
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent


def load_file(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def resolve(model):
    """The class or function that builds a model: of a file (relative to this folder) or by its dotted name."""
    entry = model["entry"]
    if "file" in model:
        path = (HERE / model["file"]).resolve()
        return getattr(load_file("oracle_model_" + path.stem, path), entry)
    module, _, name = entry.rpartition(".")
    return getattr(importlib.import_module(module), name)


def built(value):
    """An argument of a suite: what has an `entry` is built first."""
    if isinstance(value, dict) and "entry" in value:
        return resolve(value)(**{name: built(one) for name, one in value.get("build", {}).items()})
    return value


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--adapter", required=True)
    parser.add_argument("--spec", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--import", dest="imports", action="append", default=[])
    options = parser.parse_args()
    for name in options.imports:
        importlib.import_module(name)
    adapter = load_file("oracle_adapter_" + options.adapter, HERE / "adapters" / (options.adapter + ".py"))
    models = json.loads(pathlib.Path(options.spec).read_text())
    with open(options.out, "w") as out:
        for model in models:
            began = time.time()
            try:
                line = adapter.describe(model)
            except Exception as error:  # one model that does not build is told and the rest goes on
                traceback.print_exc()
                line = {"name": model["name"], "error": f"{type(error).__name__}: {error}"[:300]}
            line["seconds"] = round(time.time() - began, 2)
            print(json.dumps(line), file=out, flush=True)


# The name that adapters import this module by, whichever way it was started.
sys.modules["oracle"] = sys.modules[__name__]
sys.path.insert(0, str(HERE))
if __name__ == "__main__":
    # Only what adapters import lies beside this file; `adapters/` itself is not on the path, for `torch.py` would hide torch.
    main()
