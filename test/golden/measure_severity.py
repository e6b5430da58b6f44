"""Runs the programs of severity_programs.py in PyTorch, 10 seeds each: python measure_severity.py > severity.json

Each program is a rule's pattern in a network of one of five forms; what is measured is how far signal and gradient change in it.
"""
import json
import statistics
import sys

import torch

from measure_propagation import quantile, tensor
from severity_programs import FORMS, ROWS, program, shape

SEEDS = 10
BATCH = 64
DEFINITIONS = {
    "input": "N(0,1), fresh batch of 64 per seed; token ids uniform; float64; train mode",
    "layers": "modules with a weight matrix, head and embedding left out, in the order of their calls; first and last are named",
    "gradient": "rms of d(loss)/d(output) at the first layer over that at the last, loss = sum(output * N(0,1))",
    "G": "norm of d(loss)/d(input) over the norm of d(loss)/d(what the head is given)",
    "signal": "sqrt of the mean over units of the variance across the batch at the last layer's output, over that at the first",
    "rms": "rms of the last layer's output",
    "out": "rms of the network's output",
    "dead": "share of samples for which all that the head is given is zero",
    "values": "median over seeds, with the 5 % and 95 % quantile where two more follow; null where a figure is no number",
}


def dependent(y):
    """Mean over units of the variance across the batch: what of the second moment hangs on the input."""
    return y.var(dim=0).mean().item()


def ratio(a, b):
    return a / b if b > 0 else None


def run(text, row, seed):
    torch.manual_seed(seed)
    scope = {}
    exec(compile(text, "program", "exec"), scope)
    model = scope["Net"]().train()
    seen, given = [], []

    def keep(name):
        def hook(module, args, output):
            y = tensor(output)
            y.retain_grad()
            seen.append((name, y))
        return hook

    def keep_given(module, args):
        args[0].retain_grad()
        given.append(args[0])

    for name, module in model.named_modules():
        if name == "head":
            module.register_forward_pre_hook(keep_given)
        elif name and name != "embed" and any(p.dim() > 1 for p in module.parameters(recurse=False)):
            module.register_forward_hook(keep(name))
    size = (BATCH, *shape(row))
    x = torch.randint(row.tokens, size) if row.tokens else torch.randn(size, requires_grad=True)
    out = model(x)
    (out * torch.randn_like(out)).sum().backward()
    (first, z), (last, end), h = seen[0], seen[-1], given[0]
    rms = [y.grad.square().mean().item() ** 0.5 for y in (z, end)]
    return {
        "first": first, "last": last, "layers": len(seen),
        "gradient": ratio(*rms),
        "G": None if row.tokens else ratio(x.grad.norm().item(), h.grad.norm().item()),
        "signal": ratio(dependent(end.detach()) ** 0.5, dependent(z.detach()) ** 0.5),
        "rms": end.detach().square().mean().item() ** 0.5,
        "out": out.detach().square().mean().item() ** 0.5,
        "dead": (h.detach().flatten(1) == 0).all(dim=1).double().mean().item(),
    }


def rounded(x):
    return float(f"{x:.4g}")


def measured(row, form):
    text = program(row, form)
    runs = [run(text, row, seed) for seed in range(SEEDS)]
    figures = {key: runs[0][key] for key in ("first", "last", "layers")}
    for key in ("gradient", "G", "signal"):
        values = [r[key] for r in runs]
        known = all(v is not None for v in values)
        figures[key] = [rounded(v) for v in (statistics.median(values), quantile(values, 0.05), quantile(values, 0.95))] if known else None
    for key in ("rms", "out"):
        figures[key] = rounded(statistics.median(r[key] for r in runs))
    figures["dead"] = rounded(statistics.fmean(r["dead"] for r in runs))
    return {"rule": row.rule, "what": row.what, "form": form, "input": shape(row), "batch": BATCH, **figures, "source": text}


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    only = sys.argv[1:]
    rows = []
    for row in ROWS:
        if only and row.rule not in only:
            continue
        rows += [measured(row, form) for form in FORMS]
        print(row.rule, row.what, [r["gradient"] and r["gradient"][0] for r in rows[-5:]], file=sys.stderr)
    head = {"versions": {"torch": torch.__version__}, "seeds": SEEDS, "definitions": DEFINITIONS}
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    print(json.dumps(head, indent=1)[:-2] + f',\n "programs": [\n{lines}\n ]\n}}')
