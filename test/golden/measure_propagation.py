"""Runs the nets of the folder nets/ in PyTorch, 20 seeds each: python measure_propagation.py > propagation-own.json

The figures are those of propagation.json: moments of every module's output and of the gradient that arrives there.
"""
import importlib.util
import json
import pathlib
import statistics
import sys
import time

import torch

SEEDS = 20
FOLDER = pathlib.Path(__file__).parent / "nets"
DEFINITIONS = {
    "input": "N(0,1), fresh batch per seed; token ids uniform over TOKENS",
    "seeds": "means over seeds of second moments, then sqrt (rms); quantiles over seeds of the rms beside",
    "out_mean,out_rms": "pooled over batch, units and positions",
    "out_rms_range": "5 % and 95 % of the seeds, interpolated",
    "within_unit_std": "sqrt of the mean over units of the variance across the batch (and positions)",
    "grad_rms": "rms of d(loss)/d(module output), loss = sum(output * N(0,1))",
    "mode": "train mode (BatchNorm uses batch statistics, Dropout active)",
}


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tensor(output):
    return output[0] if isinstance(output, tuple) else output


def quantile(values, p):
    values = sorted(values)
    at = p * (len(values) - 1)
    low = int(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (at - low) * (values[high] - values[low])


def run(source, seed):
    """Moments of one draw, by module name."""
    torch.manual_seed(seed)
    model = source.build().train()
    tokens = getattr(source, "TOKENS", None)
    shape = (source.BATCH, *source.INPUT)
    x = torch.randint(tokens, shape) if tokens else torch.randn(shape)
    seen, hooks = {}, []

    def keep(name):
        def hook(module, args, output):
            y = tensor(output)
            if name in seen or not y.requires_grad:
                return None
            y.retain_grad()
            seen[name] = (type(module).__name__, y)
            return None
        return hook

    for name, module in model.named_modules():
        # Of a parametrized layer the layer counts, not what makes its weight.
        if name and "parametrizations" not in name:
            hooks.append(module.register_forward_hook(keep(name)))
    output = tensor(model(x))
    (output * torch.randn_like(output)).sum().backward()
    figures = {}
    for name, (kind, y) in seen.items():
        flat, grad = y.detach().double(), y.grad
        channel = 1 if flat.dim() == 4 else flat.dim() - 1
        units = flat.movedim(channel, 0).flatten(1)
        figures[name] = {
            "class": kind,
            "shape": list(flat.shape[1:]),
            "mean": flat.mean().item(),
            "second": flat.square().mean().item(),
            "within": units.var(dim=1, correction=0).mean().item(),
            "gradient": grad.double().square().mean().item() if grad is not None else None,
        }
    return figures


def measured(path):
    source, start = load(path), time.time()
    runs = [run(source, seed) for seed in range(SEEDS)]
    layers = []
    for name, first in runs[0].items():
        rms = [r[name]["second"] ** 0.5 for r in runs]

        def mean(key):
            return statistics.fmean(r[name][key] for r in runs)

        layer = {"name": name, "class": first["class"], "out_shape": first["shape"], "out_mean": mean("mean"),
                 "out_rms": mean("second") ** 0.5, "out_rms_median": statistics.median(rms),
                 "out_rms_range": [quantile(rms, 0.05), quantile(rms, 0.95)], "within_unit_std": mean("within") ** 0.5}
        if first["gradient"] is not None:
            grads = [r[name]["gradient"] ** 0.5 for r in runs]
            layer |= {"grad_rms": mean("gradient") ** 0.5, "grad_rms_median": statistics.median(grads)}
        layers.append({k: rounded(v) for k, v in layer.items()})
    print(f"{path.stem}: {time.time() - start:.0f} s", file=sys.stderr)
    return {"framework": "torch", "input": list(source.INPUT), "tokens": getattr(source, "TOKENS", None), "batch": source.BATCH,
            "seeds": SEEDS, "source": path.read_text(), "layers": layers}


def rounded(value):
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return float(f"{value:.8g}") if isinstance(value, float) else value


if __name__ == "__main__":
    only = sys.argv[1:]
    nets = {p.stem: measured(p) for p in sorted(FOLDER.glob("*.py")) if not only or p.stem in only}
    print(json.dumps({"versions": {"torch": torch.__version__}, "definitions": DEFINITIONS, "nets": nets}, separators=(",", ":")))
