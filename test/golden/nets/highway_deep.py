import torch
import torch.nn as nn

INPUT = (50,)
BATCH = 128


class Highway(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.transform = nn.Linear(width, width)
        self.gate = nn.Linear(width, width)
        self.act = nn.ReLU()
        nn.init.constant_(self.gate.bias, -2.0)
        nn.init.kaiming_normal_(self.transform.weight, nonlinearity="relu")

    def forward(self, x):
        t = torch.sigmoid(self.gate(x))
        return t * self.act(self.transform(x)) + (1 - t) * x


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.into = nn.Linear(50, 128)
        self.layers = nn.ModuleList(Highway(128) for _ in range(20))
        self.out = nn.Linear(128, 10)

    def forward(self, x):
        x = self.into(x)
        for layer in self.layers:
            x = layer(x)
        return self.out(x)


def build():
    return Net()
