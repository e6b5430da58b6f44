import torch
import torch.nn as nn

INPUT = (24, 64)
BATCH = 32


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.q = nn.Linear(dim, dim)
        self.k = nn.Linear(dim, dim)
        self.v = nn.Linear(dim, dim)
        self.out = nn.Linear(dim, dim)
        self.ln1 = nn.LayerNorm(dim)
        self.up = nn.Linear(dim, 4 * dim)
        self.act = nn.ReLU()
        self.down = nn.Linear(4 * dim, dim)
        self.ln2 = nn.LayerNorm(dim)
        self.heads = heads
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.xavier_uniform_(p)

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = (f(x).view(b, n, self.heads, d // self.heads).transpose(1, 2) for f in (self.q, self.k, self.v))
        a = torch.softmax(q @ k.transpose(-2, -1) / (d // self.heads) ** 0.5, dim=-1) @ v
        x = self.ln1(x + self.out(a.transpose(1, 2).reshape(b, n, d)))
        return self.ln2(x + self.down(self.act(self.up(x))))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(64, 96)
        self.blocks = nn.ModuleList(Block(96, 4) for _ in range(12))
        self.head = nn.Linear(96, 10)

    def forward(self, x):
        x = self.proj(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean(dim=1))


def build():
    return Net()
