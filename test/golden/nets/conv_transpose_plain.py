import torch.nn as nn

INPUT = (64,)
BATCH = 128


class Decoder(nn.Module):
    """Overlapping transposed convolutions without norm: outputs see different numbers of taps."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 64 * 16)
        self.act0 = nn.ELU()
        self.unflatten = nn.Unflatten(1, (64, 4, 4))
        self.up1 = nn.ConvTranspose2d(64, 48, 3, stride=2, padding=1, output_padding=1)
        self.act1 = nn.ELU()
        self.up2 = nn.ConvTranspose2d(48, 32, 5, stride=2, padding=2, output_padding=1)
        self.act2 = nn.ELU()
        self.up3 = nn.ConvTranspose2d(32, 1, 4, stride=2, padding=1)
        self.out = nn.Sigmoid()

    def forward(self, z):
        x = self.unflatten(self.act0(self.fc(z)))
        x = self.act2(self.up2(self.act1(self.up1(x))))
        return self.out(self.up3(x))


def build():
    return Decoder()
