import torch.nn as nn

INPUT = (80,)
BATCH = 512


class Net(nn.Module):
    """Weights with a mean: units move together."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(80, 120)
        self.act1 = nn.Tanh()
        self.fc2 = nn.Linear(120, 120)
        self.act2 = nn.Tanh()
        self.fc3 = nn.Linear(120, 120)
        self.act3 = nn.Tanh()
        self.fc4 = nn.Linear(120, 10)
        for m in (self.fc1, self.fc2, self.fc3, self.fc4):
            nn.init.normal_(m.weight, 0.02, 0.08)
            nn.init.zeros_(m.bias)

    def forward(self, x):
        x = self.act1(self.fc1(x))
        x = self.act2(self.fc2(x))
        x = self.act3(self.fc3(x))
        return self.fc4(x)


def build():
    return Net()
