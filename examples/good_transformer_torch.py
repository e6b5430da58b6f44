"""The feed-forward half of a pre-norm transformer (good).

A fixed standard deviation of 0.02 is right here: LayerNorm in front of every branch
sets the scale anew, and the residual path carries signal and gradient around the small
weights.
"""

import torch.nn as nn


class FeedForward(nn.Module):
    def __init__(self, width, expansion=4, dropout=0.1):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, expansion * width)
        self.act = nn.GELU()
        self.down = nn.Linear(expansion * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return x + self.dropout(self.down(self.act(self.up(self.norm(x)))))


class Encoder(nn.Module):
    def __init__(self, width=256, depth=6, classes=10):
        super().__init__()
        self.blocks = nn.ModuleList([FeedForward(width) for _ in range(depth)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)
        self.apply(self._init_weights)

    def _init_weights(self, module):
        if isinstance(module, nn.Linear):
            nn.init.trunc_normal_(module.weight, std=0.02)
            nn.init.zeros_(module.bias)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


model = Encoder()
