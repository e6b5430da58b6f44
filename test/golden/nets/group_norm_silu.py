import torch.nn as nn

INPUT = (4, 16, 16)
BATCH = 48


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm1 = nn.GroupNorm(8, width)
        self.act1 = nn.SiLU()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.norm2 = nn.GroupNorm(8, width)
        self.act2 = nn.SiLU()
        self.drop = nn.Dropout(0.2)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        h = self.conv1(self.act1(self.norm1(x)))
        return x + self.conv2(self.drop(self.act2(self.norm2(h))))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(4, 64, 3, padding=1)
        self.blocks = nn.Sequential(*[Block(64) for _ in range(3)])
        self.down = nn.Conv2d(64, 96, 3, stride=2, padding=1)
        self.norm = nn.InstanceNorm2d(96)
        self.act = nn.Mish()
        self.pool = nn.AdaptiveAvgPool2d(2)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(384, 10)

    def forward(self, x):
        x = self.blocks(self.stem(x))
        x = self.act(self.norm(self.down(x)))
        return self.fc(self.flatten(self.pool(x)))


def build():
    return Net()
