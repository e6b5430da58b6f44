import torch.nn as nn

INPUT = (40, 24)
BATCH = 64


class Net(nn.Module):
    """Every step is read, and the sequence is longer than what is followed of it."""

    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(24, 64)
        self.lower = nn.GRU(64, 64, num_layers=4, batch_first=True)
        self.upper = nn.GRU(64, 48, num_layers=3, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(96, 10)

    def forward(self, x):
        x, _ = self.lower(self.proj(x))
        x, _ = self.upper(x)
        return self.fc(x)


def build():
    return Net()
