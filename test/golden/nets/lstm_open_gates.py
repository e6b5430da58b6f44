import torch.nn as nn

INPUT = (64, 32)
BATCH = 32


class Net(nn.Module):
    """Gates that start open remember long, and a stack of them longer than a few steps show."""

    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(32, 64)
        self.lstm = nn.LSTM(64, 64, num_layers=7, batch_first=True)
        self.fc = nn.Linear(64, 10)
        for name, p in self.lstm.named_parameters():
            if "weight_ih" in name:
                nn.init.xavier_uniform_(p)
            elif "weight_hh" in name:
                nn.init.orthogonal_(p)
            else:
                nn.init.zeros_(p)
                nn.init.constant_(p[64:128], 0.5)

    def forward(self, x):
        x, _ = self.lstm(self.proj(x))
        return self.fc(x)


def build():
    return Net()
