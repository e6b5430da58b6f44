import torch.nn as nn

INPUT = (128,)
BATCH = 512


class SwiGLU(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.norm = nn.RMSNorm(dim)
        self.w1 = nn.Linear(dim, hidden, bias=False)
        self.w3 = nn.Linear(dim, hidden, bias=False)
        self.act = nn.SiLU()
        self.w2 = nn.Linear(hidden, dim, bias=False)

    def forward(self, x):
        h = self.norm(x)
        return x + self.w2(self.act(self.w1(h)) * self.w3(h))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(*[SwiGLU(128, 320) for _ in range(6)])
        self.norm = nn.RMSNorm(128)
        self.gate = nn.Linear(128, 128)
        self.glu = nn.GLU()
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        return self.head(self.glu(self.gate(self.norm(self.blocks(x)))))


def build():
    return Net()
