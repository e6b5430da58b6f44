"""Unit normal weights, drawn in a loop (bad).

normal_() without arguments is N(0, 1). A unit that sums up 784 inputs then has a pre-
activation 28 times as large as its inputs, and the next layers multiply again: the
reconstruction starts in the ten thousands. Weights are drawn relative to the fan, as in
He's √(2 / fan_in).
"""

import torch.nn as nn


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 64), nn.ReLU())
        self.decoder = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 784))
        for module in self.modules():
            if isinstance(module, nn.Linear):
                module.weight.data.normal_()
                module.bias.data.zero_()

    def forward(self, x):
        return self.decoder(self.encoder(x))


model = Autoencoder()
