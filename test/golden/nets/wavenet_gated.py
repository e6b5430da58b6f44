import torch
import torch.nn as nn

INPUT = (16, 128)
BATCH = 16


class Layer(nn.Module):
    def __init__(self, channels, skip, dilation):
        super().__init__()
        self.pad = nn.ConstantPad1d((dilation, 0), 0.0)
        self.filter = nn.Conv1d(channels, channels, 2, dilation=dilation)
        self.gate = nn.Conv1d(channels, channels, 2, dilation=dilation)
        self.res = nn.Conv1d(channels, channels, 1)
        self.skip = nn.Conv1d(channels, skip, 1)

    def forward(self, x):
        h = self.pad(x)
        h = torch.tanh(self.filter(h)) * torch.sigmoid(self.gate(h))
        return x + self.res(h), self.skip(h)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.into = nn.Conv1d(16, 48, 1)
        self.layers = nn.ModuleList(Layer(48, 64, 2 ** (i % 5)) for i in range(10))
        self.act1 = nn.ReLU()
        self.post = nn.Conv1d(64, 64, 1)
        self.act2 = nn.ReLU()
        self.out = nn.Conv1d(64, 20, 1)

    def forward(self, x):
        x = self.into(x)
        total = 0
        for layer in self.layers:
            x, s = layer(x)
            total = total + s
        return self.out(self.act2(self.post(self.act1(total))))


def build():
    return Net()
