import torch.nn as nn
import torch.nn.functional as F

INPUT = (20, 64)
BATCH = 32


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.into = nn.Conv1d(20, 64, 1)
        self.convs = nn.ModuleList(nn.Conv1d(64, 128, 5, padding=2) for _ in range(8))
        self.drop = nn.Dropout(0.1)
        self.out = nn.Linear(64, 12)

    def forward(self, x):
        x = self.into(x)
        for conv in self.convs:
            x = (x + F.glu(conv(self.drop(x)), dim=1)) * 0.7071
        return self.out(x.transpose(1, 2))


def build():
    return Net()
