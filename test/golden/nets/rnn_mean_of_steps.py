import torch.nn as nn

INPUT = (16, 32)
BATCH = 64


class Net(nn.Module):
    """The mean over the steps sends all of them the same gradient."""

    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(32, 96)
        self.rnn = nn.RNN(96, 96, num_layers=6, batch_first=True)
        self.fc = nn.Linear(96, 10)

    def forward(self, x):
        x, _ = self.rnn(self.proj(x))
        return self.fc(x.mean(dim=1))


def build():
    return Net()
