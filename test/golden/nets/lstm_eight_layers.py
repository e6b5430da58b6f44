import torch.nn as nn

INPUT = (24, 32)
BATCH = 64


class Net(nn.Module):
    """So deep that what one step of the gradient has in common with the next is all that is left at the bottom."""

    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(32, 64)
        self.lstm = nn.LSTM(64, 64, num_layers=8, batch_first=True)
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x, _ = self.lstm(self.proj(x))
        return self.fc(x[:, -1])


def build():
    return Net()
