import torch
import torch.nn as nn

INPUT = (40,)
TOKENS = 400
BATCH = 64


class TextCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(400, 50)
        self.convs = nn.ModuleList([nn.Conv1d(50, 64, k) for k in (3, 4, 5)])
        self.acts = nn.ModuleList([nn.ReLU() for _ in range(3)])
        self.pools = nn.ModuleList([nn.AdaptiveMaxPool1d(1) for _ in range(3)])
        self.dropout = nn.Dropout(0.5)
        self.fc = nn.Linear(192, 4)

    def forward(self, x):
        x = self.embedding(x).transpose(1, 2)
        x = torch.cat([p(a(c(x))).squeeze(2) for c, a, p in zip(self.convs, self.acts, self.pools)], dim=1)
        return self.fc(self.dropout(x))


def build():
    return TextCNN()
