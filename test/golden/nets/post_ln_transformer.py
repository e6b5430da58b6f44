import torch.nn as nn

INPUT = (24, 96)
BATCH = 32


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.TransformerEncoderLayer(96, 6, 256, dropout=0.1, batch_first=True) for _ in range(4)])
        self.head = nn.Linear(96, 10)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.head(x)


def build():
    return Encoder()
