import torch.nn as nn

INPUT = (50, 40)
BATCH = 64


class Net(nn.Module):
    """Layers one by one, with dropout between them."""

    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(40, 80)
        self.layers = nn.ModuleList(nn.LSTM(80, 80, batch_first=True) for _ in range(5))
        self.drop = nn.ModuleList(nn.Dropout(0.2) for _ in range(5))
        self.fc = nn.Linear(80, 10)

    def forward(self, x):
        x = self.proj(x)
        for layer, drop in zip(self.layers, self.drop):
            x, _ = layer(x)
            x = drop(x)
        return self.fc(x)


def build():
    return Net()
