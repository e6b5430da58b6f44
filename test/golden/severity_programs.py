"""Programs that set a rule's pattern into networks of five forms: the nets of measure_severity.py, as source text.

Every row is a way to draw weights in front of an activation; every form is a network around it. Both PyTorch and InitLens read the text.
"""
from dataclasses import dataclass

FORMS = ("shallow", "deep", "normalised", "residual", "pre-norm")


@dataclass(frozen=True)
class Row:
    """What fills a form: `init` is done to each hidden `layer`, `act` is applied to `$`, and `layer` makes the layer number `i`."""
    rule: str
    what: str
    init: tuple = ()
    act: str = "torch.relu($)"
    width: int = 256
    depth: int = 20
    layer: str = "nn.Linear(width, width)"
    norm: str = "nn.BatchNorm1d(width)"
    # Shape of the input behind the batch.
    shape: tuple = None
    # Token ids: an embedding opens the network, and its table is the output matrix.
    tokens: int = 0
    # What stands between the last layer and the head.
    end: str = "x"


HE = ("nn.init.kaiming_normal_(layer.weight)", "nn.init.zeros_(layer.bias)")
GLOROT = ("nn.init.xavier_uniform_(layer.weight)", "nn.init.zeros_(layer.bias)")
SIGMOID, TANH, SINE = "torch.sigmoid($)", "torch.tanh($)", "torch.sin(30 * $)"


def drawn(call):
    return (f"nn.init.{call}", "nn.init.zeros_(layer.bias)")


ROWS = [
    Row("constant-weights", "all weights 0.01", drawn("constant_(layer.weight, 0.01)")),
    Row("unit-normal-weights", "N(0, 1) before ReLU", drawn("normal_(layer.weight)")),
    Row("unit-normal-weights", "N(0, 1) before tanh", drawn("normal_(layer.weight)"), TANH),
    Row("nonzero-mean-weights", "U(0, 1) before ReLU", drawn("uniform_(layer.weight)")),
    Row("fan-mismatch", "He by the framework's fan of transposed convolutions", HE, width=16,
        layer="nn.ConvTranspose2d(width, width, 4, 2, 1) if i % 2 else nn.Conv2d(width, width, 4, 2, 1)",
        norm="nn.BatchNorm2d(width)", shape=(16, 16, 16), end="x.mean((2, 3))"),
    Row("saturating-with-he", "He before sigmoid", HE, SIGMOID),
    Row("saturating-with-he", "He before tanh", HE, TANH),
    Row("tanh-with-sigmoid-gain", "4 × Glorot before tanh", drawn("xavier_uniform_(layer.weight, gain=4)"), TANH),
    Row("sigmoid-without-gain", "Glorot before sigmoid", GLOROT, SIGMOID),
    Row("sigmoid-without-gain", "PyTorch's default before sigmoid", (), SIGMOID),
    Row("selu-without-lecun", "He before SELU", HE, "F.selu($)"),
    Row("selu-without-lecun", "PyTorch's default before SELU", (), "F.selu($)"),
    Row("slope-mismatch", "the gain √2 given as the slope, before ReLU", drawn("kaiming_normal_(layer.weight, a=math.sqrt(2))")),
    Row("wrong-nonlinearity", "the gain of linear before ReLU", drawn("kaiming_normal_(layer.weight, nonlinearity='linear')")),
    Row("relu-without-he", "Glorot before ReLU", GLOROT),
    Row("relu-without-he", "PyTorch's default before ReLU"),
    Row("relu-without-he", "N(0, 0.01) before ReLU", drawn("normal_(layer.weight, std=0.01)")),
    Row("smooth-gain", "Glorot before GELU", GLOROT, "F.gelu($)"),
    Row("smooth-gain", "PyTorch's default before SiLU", (), "F.silu($)"),
    Row("sine-without-siren", "Glorot before sin(30 z)", GLOROT, SINE),
    Row("orthogonal-gain", "orthogonal without a gain, before ReLU", drawn("orthogonal_(layer.weight)")),
    Row("fixed-scale", "N(0, 0.01) before tanh", drawn("normal_(layer.weight, std=0.01)"), TANH),
    Row("sparse-scale", "a tenth of the weights, std 0.05, before ReLU", drawn("sparse_(layer.weight, 0.9, std=0.05)")),
    Row("truncated-scale", "He's std, cut at ±2 std, before ReLU",
        ("std = math.sqrt(2 / width)", *drawn("trunc_normal_(layer.weight, std=std, a=-2 * std, b=2 * std)"))),
    Row("embedding-scale", "N(0, 1) embedding that is the output matrix", HE, tokens=500),
    Row("residual-scale", "He before ReLU, right but for skips", HE),
    Row("saturating-stack", "4 × Glorot before sigmoid", drawn("xavier_uniform_(layer.weight, gain=4)"), SIGMOID),
    Row("vanishing-signal", "He and a factor ½ behind ReLU", HE, "0.5 * torch.relu($)"),
    Row("exploding-signal", "He and a factor 3 behind ReLU", HE, "3 * torch.relu($)"),
    Row("vanishing-gradient", "half of He before ReLU", (*HE, "layer.weight.data.mul_(0.5)")),
    Row("exploding-gradient", "3 × Glorot before ReLU", drawn("xavier_uniform_(layer.weight, gain=3)")),
    Row("missing-normalization", "LeCun before tanh, 24 deep", drawn("kaiming_normal_(layer.weight, nonlinearity='linear')"), TANH, depth=24),
    Row("dying-relu-risk", "He before ReLU, 4 units", HE, width=4),
    Row("hidden-bias", "He and biases of -1 before ReLU", ("nn.init.kaiming_normal_(layer.weight)", "nn.init.constant_(layer.bias, -1.0)")),
    Row("forget-bias", "PyTorch's LSTM", (), "$[0]", width=32, depth=8, layer="nn.LSTM(width, width, batch_first=True)",
        norm="nn.LayerNorm(width)", shape=(20, 32), end="x[:, -1]"),
    # Nothing to flag: what the rules ask for, and stacks as frameworks draw them that lose less than three decades.
    Row("", "Glorot before tanh", GLOROT, TANH),
    Row("", "LeCun before SELU", drawn("kaiming_normal_(layer.weight, nonlinearity='linear')"), "F.selu($)"),
    Row("", "U(±√(6/n)/30) before sin(30 z)",
        ("bound = math.sqrt(6 / width) / 30", *drawn("uniform_(layer.weight, -bound, bound)")), SINE),
    Row("", "PyTorch's GRU", (), "$[0]", width=32, depth=8, layer="nn.GRU(width, width, batch_first=True)",
        norm="nn.LayerNorm(width)", shape=(20, 32), end="x[:, -1]"),
    Row("", "PyTorch's RNN", (), "$[0]", width=32, depth=8, layer="nn.RNN(width, width, batch_first=True)",
        norm="nn.LayerNorm(width)", shape=(20, 32), end="x[:, -1]"),
]


def recurrent(row):
    return any(cell in row.layer for cell in ("LSTM", "GRU", "RNN"))


def listed(name, of, depth):
    return f"        self.{name} = nn.ModuleList({of} for {'i' if ' i ' in of else '_'} in range({depth}))"


def part(row, number):
    """The layer of that number alone."""
    return row.layer if " if i % 2 else " not in row.layer else row.layer.split(" if i % 2 else ")[1 - number % 2]


def program(row, form):
    depth = 3 if form == "shallow" else row.depth
    branched = form in ("residual", "pre-norm")
    normed = form in ("normalised", "pre-norm")
    act = row.act.replace
    if branched:
        depth //= 2
        layers = [listed("inner", part(row, 0), "depth"), listed("outer", part(row, 1), "depth")]
        hidden = "[*self.inner, *self.outer]"
    else:
        layers = [listed("layers", row.layer, "depth")]
        hidden = "self.layers"
    if normed:
        layers.append(listed("norms", row.norm, "depth"))
    if row.tokens:
        layers.insert(0, f"        self.embed = nn.Embedding({row.tokens}, width)")
    layers.append(f"        self.head = nn.Linear(width, {row.tokens or 10})")
    if row.tokens:
        layers.append("        self.head.weight = self.embed.weight")
    if row.init:
        layers += [f"        for layer in {hidden}:", *(f"            {line}" for line in row.init)]
    if form == "residual":
        body = ["        for inner, outer in zip(self.inner, self.outer):", f"            x = x + {second(row, act('$', 'inner(x)'))}"]
    elif form == "pre-norm":
        body = ["        for norm, inner, outer in zip(self.norms, self.inner, self.outer):",
                f"            x = x + {second(row, act('$', 'inner(norm(x))'))}"]
    elif form == "normalised" and recurrent(row):
        body = ["        for layer, norm in zip(self.layers, self.norms):", f"            x = norm({act('$', 'layer(x)')})"]
    elif form == "normalised":
        body = ["        for layer, norm in zip(self.layers, self.norms):", f"            x = {act('$', 'norm(layer(x))')}"]
    else:
        body = ["        for layer in self.layers:", f"            x = {act('$', 'layer(x)')}"]
    text = "\n".join([*layers, *body])
    return "\n".join([
        *(["import math"] if "math." in text else []), "import torch", "import torch.nn.functional as F", "from torch import nn", "", "",
        "class Net(nn.Module):",
        f"    def __init__(self, width={row.width}, depth={depth}):",
        "        super().__init__()",
        *layers,
        "",
        f"    def forward(self, {'ids' if row.tokens else 'x'}):",
        *(["        x = self.embed(ids)"] if row.tokens else []),
        *body,
        f"        return self.head({row.end})",
        "",
    ])


def second(row, inner):
    """The branch's last layer on what its first one gives; a recurrent layer gives a tuple, of which the sequence counts."""
    return f"outer({inner})[0]" if recurrent(row) else f"outer({inner})"


def shape(row):
    return () if row.tokens else row.shape or (row.width,)
