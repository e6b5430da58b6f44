import torch
import torch.nn as nn

INPUT = (1, 32, 32)
BATCH = 32


class Double(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.act1 = nn.ReLU()
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.act2 = nn.ReLU()
        for conv in (self.conv1, self.conv2):
            nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
            nn.init.zeros_(conv.bias)

    def forward(self, x):
        return self.act2(self.conv2(self.act1(self.conv1(x))))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1 = Double(1, 32)
        self.pool1 = nn.MaxPool2d(2)
        self.down2 = Double(32, 64)
        self.pool2 = nn.MaxPool2d(2)
        self.bottom = Double(64, 128)
        self.up2 = nn.ConvTranspose2d(128, 64, 2, stride=2)
        self.dec2 = Double(128, 64)
        self.up1 = nn.ConvTranspose2d(64, 32, 2, stride=2)
        self.dec1 = Double(64, 32)
        self.head = nn.Conv2d(32, 2, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(self.pool1(a))
        x = self.bottom(self.pool2(b))
        x = self.dec2(torch.cat([b, self.up2(x)], dim=1))
        x = self.dec1(torch.cat([a, self.up1(x)], dim=1))
        return self.head(x)


def build():
    return UNet()
