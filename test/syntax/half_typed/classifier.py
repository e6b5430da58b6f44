"""A residual classifier and its training loop."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader


class Block(nn.Module):
    """Two convolutions and a shortcut."""

    expansion = 4

    def __init__(self, planes, out_planes, stride=1, norm=nn.BatchNorm2d):
        super().__init__()
        self.conv1 = nn.Conv2d(planes, out_planes, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = norm(out_planes)
        self.conv2 = nn.Conv2d(out_planes, out_planes, 3, padding=1, bias=False)
        self.bn2 = norm(out_planes)
        if stride != 1 or planes != out_planes:
            self.shortcut = nn.Sequential(
                nn.Conv2d(planes, out_planes, 1, stride=stride, bias=False),
                norm(out_planes),
            )
        else:
            self.shortcut = nn.Identity()
        self.act = {"relu": nn.ReLU(), "tanh": nn.Tanh()}["relu"]

    def forward(self, x):
        out = self.act(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return self.act(out + self.shortcut(x))


class Classifier(nn.Module):
    def __init__(self, widths=(64, 128, 256), classes: int = 10, dropout: float = 0.1):
        super().__init__()
        self.stem = nn.Conv2d(3, widths[0], 7, stride=2, padding=3)
        layers = []
        for width, after in zip(widths[:-1], widths[1:]):
            layers.append(Block(width, after, stride=2))
            layers.append(nn.Dropout(dropout))
        self.body = nn.Sequential(*layers)
        self.heads = nn.ModuleList([nn.Linear(widths[-1], classes) for _ in range(3)])
        self.apply(self._init_weights)

    def _init_weights(self, m):
        if isinstance(m, nn.Linear):
            nn.init.trunc_normal_(m.weight, std=0.02)
            if m.bias is not None:
                nn.init.zeros_(m.bias)
        elif isinstance(m, nn.Conv2d):
            fan_out = m.kernel_size[0] * m.kernel_size[1] * m.out_channels
            m.weight.data.normal_(0, math.sqrt(2.0 / fan_out))

    @torch.no_grad()
    def features(self, x):
        x = F.relu(self.stem(x))
        x = self.body(x)
        return torch.flatten(F.adaptive_avg_pool2d(x, 1), 1)

    def forward(self, x):
        h = self.features(x)
        outputs = [head(h) for head in self.heads]
        return sum(outputs) / len(outputs)


def train(model, loader: DataLoader, epochs=10):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(epochs):
        for images, labels in loader:
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch}: {loss.item():.3f}")
    return model


model = Classifier(widths=(64, 128), classes=100)
total = sum(p.numel() for p in model.parameters())
if __name__ == "__main__":
    train(model, DataLoader(None, batch_size=32))
