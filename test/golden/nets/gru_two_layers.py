import torch.nn as nn

INPUT = (30, 40)
BATCH = 128


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru1 = nn.GRU(40, 96, batch_first=True)
        self.gru2 = nn.GRU(96, 64, batch_first=True)
        self.fc = nn.Linear(64, 12)

    def forward(self, x):
        x, _ = self.gru1(x)
        x, _ = self.gru2(x)
        return self.fc(x)


def build():
    return Net()
