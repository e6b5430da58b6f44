import torch
import torch.nn as nn

INPUT = (30,)
TOKENS = 400
BATCH = 64


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(400, 48)
        self.gru = nn.GRU(48, 64, bidirectional=True, batch_first=True)
        self.score = nn.Linear(128, 64)
        self.context = nn.Linear(64, 1, bias=False)
        self.fc1 = nn.Linear(128, 64)
        self.act = nn.ReLU()
        self.fc2 = nn.Linear(64, 5)

    def forward(self, ids):
        h, _ = self.gru(self.embed(ids))
        a = torch.softmax(self.context(torch.tanh(self.score(h))), dim=1)
        pooled = (a * h).sum(dim=1)
        return self.fc2(self.act(self.fc1(pooled)))


def build():
    return Net()
