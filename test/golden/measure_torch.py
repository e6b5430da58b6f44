"""Measures the defaults of the layers of torch.nn that defaults.json does not hold: python measure_torch.py > torch-extra.json"""
import json
import torch
from torch import nn

REPEATS = 40
WEIGHTED = [
    *[(f"nn.LazyConv{r}d(8, 3)", [2, 6, *[9] * r]) for r in (1, 2, 3)],
    *[(f"nn.LazyConvTranspose{r}d(8, 3)", [2, 6, *[9] * r]) for r in (1, 2, 3)],
    *[(f"nn.LazyBatchNorm{r}d()", [2, 6, *[4] * r]) for r in (1, 2, 3)],
    *[(f"nn.LazyInstanceNorm{r}d(affine=True)", [2, 6, *[4] * r]) for r in (1, 2, 3)],
    ("nn.SyncBatchNorm(6)", None),
    ("nn.InstanceNorm1d(6, affine=True)", [2, 6, 4]),
    ("nn.InstanceNorm3d(6, affine=True)", [2, 6, 4, 4, 4]),
    ("nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 4, 32), 2)", [5, 2, 16]),
    ("nn.TransformerDecoderLayer(16, 4, 32)", None),
    ("nn.TransformerDecoder(nn.TransformerDecoderLayer(16, 4, 32), 2)", None),
    ("nn.AdaptiveLogSoftmaxWithLoss(16, 50, [10, 20])", None),
]
RANKS = ["MaxPool{}d(2)", "AvgPool{}d(2)", "AdaptiveMaxPool{}d(2)", "AdaptiveAvgPool{}d(2)", "ZeroPad{}d(1)", "ReflectionPad{}d(1)",
         "ReplicationPad{}d(1)", "ConstantPad{}d(1, 0.5)", "CircularPad{}d(1)", "Dropout{}d()", "LPPool{}d(2, 2)"]
PLAIN = ["ReLU()", "ReLU6()", "LeakyReLU()", "RReLU()", "ELU()", "CELU()", "SELU()", "GELU()", "Sigmoid()", "Tanh()", "SiLU()", "Mish()",
         "Softplus()", "Softsign()", "Hardtanh()", "Hardswish()", "Hardsigmoid()", "LogSigmoid()", "Tanhshrink()", "Hardshrink()",
         "Softshrink()", "Threshold(0.1, 0)", "Identity()", "GLU()", "Softmax(-1)", "Softmin(-1)", "Softmax2d()", "LogSoftmax(-1)",
         "Dropout()", "AlphaDropout()", "FeatureAlphaDropout()", "Flatten()", "Unflatten(1, (2, 3))", "Upsample(scale_factor=2)",
         "UpsamplingNearest2d(scale_factor=2)", "UpsamplingBilinear2d(scale_factor=2)", "PixelShuffle(2)", "PixelUnshuffle(2)",
         "ChannelShuffle(2)", "LocalResponseNorm(2)", "CrossMapLRN2d(2)", "Fold((4, 4), 2)", "Unfold(2)", "FractionalMaxPool2d(2, output_ratio=0.5)",
         "FractionalMaxPool3d(2, output_ratio=0.5)", "CosineSimilarity()", "PairwiseDistance()"]


def built(call, shape):
    module = eval(call)
    if "Lazy" in call:
        module(torch.randn(shape))
    return module


def measured(call, shape):
    values, shapes = {}, {}
    for seed in range(REPEATS):
        torch.manual_seed(seed)
        for name, parameter in built(call, shape).named_parameters():
            values.setdefault(name, []).append(parameter.detach().double().flatten())
            shapes[name] = list(parameter.shape)
    params = []
    for name, draws in values.items():
        all_values = torch.cat(draws)
        params.append({"name": name, "shape": shapes[name], "count": all_values.numel(), "mean": all_values.mean().item(),
                       "std": all_values.std(correction=0).item(), "low": all_values.min().item(), "high": all_values.max().item()})
    return {"layer": type(built(call, shape)).__name__ if "Lazy" not in call else call[3:call.index("(")], "call": call, "input": shape, "params": params}


def without(call):
    module = eval(call)
    assert not list(module.parameters()), call
    return {"layer": type(module).__name__, "call": call, "input": None, "params": []}


plain = [f"nn.{c}" for c in PLAIN] + ["nn." + c.format(r) for c in RANKS for r in (1, 2, 3)]
layers = [measured(*case) for case in WEIGHTED] + [without(call) for call in plain]
print(json.dumps({"versions": {"torch": torch.__version__}, "repeats": REPEATS, "layers": layers}, indent=None, separators=(",", ":")))
