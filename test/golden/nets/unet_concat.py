import torch
import torch.nn as nn

INPUT = (3, 32, 32)
BATCH = 8


class Double(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, padding=1)
        self.act1 = nn.LeakyReLU(0.2)
        self.conv2 = nn.Conv2d(cout, cout, 3, padding=1)
        self.act2 = nn.LeakyReLU(0.2)

    def forward(self, x):
        return self.act2(self.conv2(self.act1(self.conv1(x))))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.d1 = Double(3, 32)
        self.d2 = Double(32, 64)
        self.d3 = Double(64, 128)
        self.pool = nn.AvgPool2d(2)
        self.up2 = nn.Upsample(scale_factor=2)
        self.u2 = Double(192, 64)
        self.up1 = nn.ConvTranspose2d(64, 32, 2, stride=2)
        self.u1 = Double(64, 32)
        self.out = nn.Conv2d(32, 2, 1)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_uniform_(m.weight, a=0.2)
                nn.init.zeros_(m.bias)

    def forward(self, x):
        a = self.d1(x)
        b = self.d2(self.pool(a))
        c = self.d3(self.pool(b))
        b = self.u2(torch.cat([self.up2(c), b], dim=1))
        a = self.u1(torch.cat([self.up1(b), a], dim=1))
        return self.out(a)


def build():
    return Net()
