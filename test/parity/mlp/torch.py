from torch import nn
from torch.nn import init


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(20, 64)
        self.second = nn.Linear(64, 32)
        self.head = nn.Linear(32, 10)
        init.kaiming_normal_(self.first.weight, nonlinearity="relu")
        init.xavier_uniform_(self.second.weight)
        init.normal_(self.head.weight, std=0.01)
        for layer in (self.first, self.second, self.head):
            init.zeros_(layer.bias)

    def forward(self, x):
        return self.head(self.second(self.first(x).relu()).tanh())
