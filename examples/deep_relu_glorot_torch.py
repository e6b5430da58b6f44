"""Glorot weights in a deep ReLU network (bad).

Glorot's variance 2 / (fan_in + fan_out) keeps a signal that passes unchanged. ReLU
throws half of it away, so each layer halves the variance and after twenty layers a
thousandth of the signal and of the gradient is left. He's variance 2 / fan_in makes up
for it.
"""

import torch.nn as nn


class DeepReLU(nn.Module):
    def __init__(self, depth=20, width=256):
        super().__init__()
        layers = []
        for _ in range(depth):
            layers += [nn.Linear(width, width), nn.ReLU()]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(width, 10)
        self.apply(self.init_weights)

    @staticmethod
    def init_weights(module):
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)

    def forward(self, x):
        return self.head(self.body(x))


model = DeepReLU()
