import torch
import torch.nn as nn

INPUT = (3, 32, 32)
BATCH = 16


class Unit(nn.Module):
    def __init__(self, cin, cout, k):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, k, padding=k // 2)
        self.act = nn.ReLU()
        nn.init.kaiming_normal_(self.conv.weight, nonlinearity="relu")
        nn.init.zeros_(self.conv.bias)

    def forward(self, x):
        return self.act(self.conv(x))


class Inception(nn.Module):
    def __init__(self, cin):
        super().__init__()
        self.b1 = Unit(cin, 32, 1)
        self.b2a = Unit(cin, 32, 1)
        self.b2b = Unit(32, 48, 3)
        self.b3a = Unit(cin, 16, 1)
        self.b3b = Unit(16, 32, 5)
        self.pool = nn.MaxPool2d(3, stride=1, padding=1)
        self.b4 = Unit(cin, 16, 1)

    def forward(self, x):
        return torch.cat([self.b1(x), self.b2b(self.b2a(x)), self.b3b(self.b3a(x)), self.b4(self.pool(x))], dim=1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = Unit(3, 64, 3)
        self.down = nn.MaxPool2d(2)
        self.i1 = Inception(64)
        self.i2 = Inception(128)
        self.i3 = Inception(128)
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(128, 10)

    def forward(self, x):
        x = self.down(self.stem(x))
        x = self.i3(self.i2(self.i1(x)))
        return self.fc(self.gap(x).flatten(1))


def build():
    return Net()
