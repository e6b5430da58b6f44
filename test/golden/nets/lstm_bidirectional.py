import torch.nn as nn

INPUT = (16,)
TOKENS = 500
BATCH = 128


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(500, 64)
        self.lstm = nn.LSTM(64, 80, num_layers=2, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(160, 9)

    def forward(self, x):
        x, _ = self.lstm(self.embedding(x))
        return self.fc(x)


def build():
    return Tagger()
