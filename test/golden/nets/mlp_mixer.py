import torch.nn as nn

INPUT = (3, 32, 32)
BATCH = 32


class MixerBlock(nn.Module):
    def __init__(self, tokens, dim):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.token1 = nn.Linear(tokens, 48)
        self.act1 = nn.GELU()
        self.token2 = nn.Linear(48, tokens)
        self.norm2 = nn.LayerNorm(dim)
        self.channel1 = nn.Linear(dim, 256)
        self.act2 = nn.GELU()
        self.channel2 = nn.Linear(256, dim)

    def forward(self, x):
        h = self.norm1(x).transpose(1, 2)
        x = x + self.token2(self.act1(self.token1(h))).transpose(1, 2)
        return x + self.channel2(self.act2(self.channel1(self.norm2(x))))


class Mixer(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 96, 4, stride=4)
        self.blocks = nn.Sequential(*[MixerBlock(64, 96) for _ in range(4)])
        self.norm = nn.LayerNorm(96)
        self.head = nn.Linear(96, 10)

    def forward(self, x):
        x = self.stem(x).flatten(2).transpose(1, 2)
        x = self.norm(self.blocks(x))
        return self.head(x.mean(dim=1))


def build():
    return Mixer()
