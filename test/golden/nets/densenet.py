import torch
import torch.nn as nn

INPUT = (3, 24, 24)
BATCH = 32


class DenseLayer(nn.Module):
    def __init__(self, inputs, growth):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        self.relu1 = nn.ReLU()
        self.conv1 = nn.Conv2d(inputs, 4 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.relu2 = nn.ReLU()
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x):
        new = self.conv1(self.relu1(self.norm1(x)))
        new = self.conv2(self.relu2(self.norm2(new)))
        return torch.cat([x, new], 1)


class DenseNet(nn.Module):
    def __init__(self, growth=24):
        super().__init__()
        self.stem = nn.Conv2d(3, 48, 3, padding=1, bias=False)
        width = 48
        block = []
        for _ in range(4):
            block.append(DenseLayer(width, growth))
            width += growth
        self.block1 = nn.Sequential(*block)
        self.norm = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.conv = nn.Conv2d(width, width // 2, 1, bias=False)
        self.pool = nn.AvgPool2d(2)
        width //= 2
        block = []
        for _ in range(4):
            block.append(DenseLayer(width, growth))
            width += growth
        self.block2 = nn.Sequential(*block)
        self.last = nn.BatchNorm2d(width)
        self.act = nn.ReLU()
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(width, 10)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight)

    def forward(self, x):
        x = self.block1(self.stem(x))
        x = self.pool(self.conv(self.relu(self.norm(x))))
        x = self.act(self.last(self.block2(x)))
        return self.fc(self.flatten(self.gap(x)))


def build():
    return DenseNet()
