import torch.nn as nn

INPUT = (100,)
BATCH = 1024


class SNN(nn.Module):
    def __init__(self, depth=8, width=200):
        super().__init__()
        layers = []
        features = 100
        for _ in range(depth):
            layers += [nn.Linear(features, width), nn.SELU(), nn.AlphaDropout(0.1)]
            features = width
        layers.append(nn.Linear(features, 10))
        self.net = nn.Sequential(*layers)
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.kaiming_normal_(m.weight, nonlinearity="linear")
                nn.init.zeros_(m.bias)

    def forward(self, x):
        return self.net(x)


def build():
    return SNN()
