"""Hidden weights that start at zero (bad).

Every hidden unit computes the same value and receives the same gradient, so they stay
copies of one another for ever: 256 units do the work of one. The zero output layer is
fine: there is no symmetry to break behind it.
"""

import torch.nn as nn


class ZeroMLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 256)
        self.output = nn.Linear(256, 10)
        nn.init.zeros_(self.hidden.weight)
        nn.init.zeros_(self.output.weight)

    def forward(self, x):
        return self.output(self.hidden(x).relu())


model = ZeroMLP()
