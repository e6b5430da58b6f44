import torch.nn as nn

INPUT = (6, 20, 20)
BATCH = 48


class Net(nn.Module):
    """No norm: grouped, depthwise, dilated and strided convolutions at zero-padded borders of small maps."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(6, 48, 5, padding=2)
        self.act1 = nn.LeakyReLU(0.1)
        self.conv2 = nn.Conv2d(48, 96, 3, padding=1, groups=4)
        self.act2 = nn.LeakyReLU(0.1)
        self.conv3 = nn.Conv2d(96, 96, 5, stride=2, padding=2, groups=96)
        self.act3 = nn.LeakyReLU(0.1)
        self.conv4 = nn.Conv2d(96, 128, 3, padding=2, dilation=2)
        self.act4 = nn.LeakyReLU(0.1)
        self.conv5 = nn.Conv2d(128, 128, 3, stride=2, padding=1)
        self.act5 = nn.LeakyReLU(0.1)
        self.conv6 = nn.Conv2d(128, 128, 3, padding=1)
        self.act6 = nn.LeakyReLU(0.1)
        self.pool = nn.AdaptiveMaxPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(128, 10)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_uniform_(m.weight, a=0.1)

    def forward(self, x):
        x = self.act1(self.conv1(x))
        x = self.act2(self.conv2(x))
        x = self.act3(self.conv3(x))
        x = self.act4(self.conv4(x))
        x = self.act5(self.conv5(x))
        x = self.act6(self.conv6(x))
        return self.fc(self.flatten(self.pool(x)))


def build():
    return Net()
