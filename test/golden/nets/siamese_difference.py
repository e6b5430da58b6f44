import torch
import torch.nn as nn

INPUT = (2, 60)
BATCH = 128


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(60, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 64))
        self.head = nn.Linear(64, 32)
        self.act = nn.ReLU()
        self.out = nn.Linear(32, 1)

    def forward(self, x):
        a = self.encoder(x[:, 0])
        b = self.encoder(x[:, 1])
        return self.out(self.act(self.head(torch.abs(a - b))))


def build():
    return Net()
