import torch.nn as nn

INPUT = (3, 32, 32)
BATCH = 32


class Mlp(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.act = nn.GELU()
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x):
        return self.fc2(self.act(self.fc1(x)))


class Mixer(nn.Module):
    def __init__(self, dim, patches):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.tokens = Mlp(patches, 2 * patches)
        self.norm2 = nn.LayerNorm(dim)
        self.channels = Mlp(dim, 3 * dim)

    def forward(self, x):
        x = x + self.tokens(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        return x + self.channels(self.norm2(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 128, 4, stride=4)
        self.blocks = nn.ModuleList(Mixer(128, 64) for _ in range(8))
        self.norm = nn.LayerNorm(128)
        self.head = nn.Linear(128, 10)

    def forward(self, x):
        x = self.stem(x).flatten(2).transpose(1, 2)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x).mean(dim=1))


def build():
    return Net()
