import torch
import torch.nn as nn

INPUT = (40,)
BATCH = 128


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inject = nn.Linear(40, 96)
        self.inner = nn.Linear(96, 96, bias=False)
        self.norm = nn.LayerNorm(96)
        self.out = nn.Linear(96, 10)
        nn.init.xavier_uniform_(self.inner.weight, gain=0.8)

    def forward(self, x):
        u = self.inject(x)
        z = torch.tanh(u)
        for _ in range(15):
            z = torch.tanh(self.inner(z) + u)
        return self.out(self.norm(z))


def build():
    return Net()
