import torch.nn as nn

INPUT = (192,)
BATCH = 512


class Net(nn.Module):
    """Its fixed point is unstable."""

    def __init__(self, depth=24, width=192):
        super().__init__()
        layers = []
        for _ in range(depth):
            layers += [nn.Linear(width, width), nn.SiLU()]
        layers.append(nn.Linear(width, 10))
        self.net = nn.Sequential(*layers)
        for m in self.net:
            if isinstance(m, nn.Linear):
                nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
                nn.init.zeros_(m.bias)

    def forward(self, x):
        return self.net(x)


def build():
    return Net()
