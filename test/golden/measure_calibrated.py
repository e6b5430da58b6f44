"""Multiplies weights by the gains in calibrated.json and runs the nets in PyTorch, 20 seeds each: python measure_calibrated.py

Writes the rms of every calibrated layer's output beside its gain. The gains are what signal/calibrate.ts gives for the net's source.
"""
import json
import pathlib

import torch

from measure_propagation import FOLDER, SEEDS, load

FILE = pathlib.Path(__file__).parent / "calibrated.json"


def second(source, gains, seed):
    torch.manual_seed(seed)
    model = source.build().train()
    seen = {}
    for name, module in model.named_modules():
        if name in gains:
            with torch.no_grad():
                module.weight.mul_(gains[name])
            module.register_forward_hook(lambda m, args, out, name=name: seen.__setitem__(name, out.detach().double().square().mean().item()))
    model(torch.randn(source.BATCH, *source.INPUT))
    return seen


if __name__ == "__main__":
    data = json.loads(FILE.read_text())
    for name, net in data["nets"].items():
        source = load(FOLDER / f"{name}.py")
        gains = {layer["name"]: layer["gain"] for layer in net["layers"]}
        runs = [second(source, gains, seed) for seed in range(SEEDS)]
        for layer in net["layers"]:
            layer["rms"] = float(f"{(sum(run[layer['name']] for run in runs) / SEEDS) ** 0.5:.6g}")
    data["versions"] = {"torch": torch.__version__}
    FILE.write_text(json.dumps(data, indent=1) + "\n")
