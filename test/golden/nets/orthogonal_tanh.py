import torch.nn as nn

INPUT = (96,)
BATCH = 512


class Net(nn.Module):
    def __init__(self, depth=20):
        super().__init__()
        widths = [96, 160] + [160] * (depth - 2) + [80]
        layers = []
        for inputs, outputs in zip(widths, widths[1:]):
            layers += [nn.Linear(inputs, outputs), nn.Tanh()]
        layers.append(nn.Linear(80, 10))
        self.net = nn.Sequential(*layers)
        for m in self.net:
            if isinstance(m, nn.Linear):
                nn.init.orthogonal_(m.weight, gain=nn.init.calculate_gain("tanh"))
                nn.init.zeros_(m.bias)

    def forward(self, x):
        return self.net(x)


def build():
    return Net()
