import torch.nn as nn
from torch.nn.utils.parametrizations import weight_norm

INPUT = (112,)
BATCH = 512


class Highway(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.value = nn.Linear(dim, dim)
        self.act = nn.Softsign()
        self.gate = nn.Linear(dim, dim)
        self.sigmoid = nn.Sigmoid()
        nn.init.constant_(self.gate.bias, -1.0)

    def forward(self, x):
        t = self.sigmoid(self.gate(x))
        return t * self.act(self.value(x)) + (1 - t) * x


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = weight_norm(nn.Linear(112, 144))
        self.prelu = nn.PReLU()
        self.layers = nn.Sequential(*[Highway(144) for _ in range(5)])
        self.drop = nn.Dropout(0.3)
        self.head = weight_norm(nn.Linear(144, 10))

    def forward(self, x):
        return self.head(self.drop(self.layers(self.prelu(self.stem(x)))))


def build():
    return Net()
