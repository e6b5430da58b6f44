"""Small dense nets: subclassed Sequential, lazy layers, highway, ensembles with bmm, hypernetwork slices, actor-critic with a layer_init."""

import copy

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class MLP(nn.Sequential):
    def __init__(self, sizes=(20, 64, 64, 3), activation=nn.ReLU, output_activation=nn.Identity):
        layers = []
        for j in range(len(sizes) - 1):
            act = activation if j < len(sizes) - 2 else output_activation
            layers += [nn.Linear(sizes[j], sizes[j + 1]), act()]
        super().__init__(*layers)


def layer_init(layer, std=np.sqrt(2), bias_const=0.0):
    torch.nn.init.orthogonal_(layer.weight, std)
    torch.nn.init.constant_(layer.bias, bias_const)
    return layer


class Agent(nn.Module):
    def __init__(self, observations=12, actions=4):
        super().__init__()
        self.critic = nn.Sequential(
            layer_init(nn.Linear(observations, 64)),
            nn.Tanh(),
            layer_init(nn.Linear(64, 64)),
            nn.Tanh(),
            layer_init(nn.Linear(64, 1), std=1.0),
        )
        self.actor_mean = nn.Sequential(
            layer_init(nn.Linear(observations, 64)),
            nn.Tanh(),
            layer_init(nn.Linear(64, 64)),
            nn.Tanh(),
            layer_init(nn.Linear(64, actions), std=0.01),
        )
        self.actor_logstd = nn.Parameter(torch.zeros(1, actions))

    def forward(self, x):
        mean = self.actor_mean(x)
        return mean, self.actor_logstd.expand_as(mean), self.critic(x)


class LazyNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.LazyConv2d(8, 3)
        self.bn = nn.LazyBatchNorm2d()
        self.fc1 = nn.LazyLinear(32)
        self.fc2 = nn.LazyLinear(10)

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        x = F.max_pool2d(x, 2).flatten(1)
        return self.fc2(torch.sigmoid(self.fc1(x)))


class Highway(nn.Module):
    def __init__(self, size=32, num_layers=3):
        super().__init__()
        self.num_layers = num_layers
        self.nonlinear = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        self.linear = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        self.gate = nn.ModuleList([nn.Linear(size, size) for _ in range(num_layers)])
        for gate in self.gate:
            gate.bias.data.fill_(-2.0)

    def forward(self, x):
        for layer in range(self.num_layers):
            gate = torch.sigmoid(self.gate[layer](x))
            nonlinear = F.relu(self.nonlinear[layer](x))
            linear = self.linear[layer](x)
            x = gate * nonlinear + (1 - gate) * linear
        return x


class EnsembleLinear(nn.Module):
    def __init__(self, members, in_features, out_features):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(members, in_features, out_features))
        self.bias = nn.Parameter(torch.zeros(members, 1, out_features))
        bound = 1.0 / in_features**0.5
        nn.init.uniform_(self.weight, -bound, bound)

    def forward(self, x):
        return torch.baddbmm(self.bias, x, self.weight)


class Ensemble(nn.Module):
    def __init__(self, members=3, features=10, hidden=24):
        super().__init__()
        self.members = members
        self.l1 = EnsembleLinear(members, features, hidden)
        self.l2 = EnsembleLinear(members, hidden, 1)

    def forward(self, x):
        x = x.unsqueeze(0).repeat(self.members, 1, 1)
        return self.l2(F.elu(self.l1(x)))


class Conv1D(nn.Module):
    def __init__(self, nf, nx):
        super().__init__()
        self.nf = nf
        self.weight = nn.Parameter(torch.empty(nx, nf))
        self.bias = nn.Parameter(torch.zeros(nf))
        nn.init.normal_(self.weight, std=0.02)

    def forward(self, x):
        size_out = x.size()[:-1] + (self.nf,)
        x = torch.addmm(self.bias, x.view(-1, x.size(-1)), self.weight)
        return x.view(size_out)


class Siamese(nn.Module):
    """A momentum copy, a projector, frozen features."""

    def __init__(self, dim=32, out=16):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(20, dim), nn.BatchNorm1d(dim), nn.ReLU(inplace=True), Conv1D(dim, dim))
        self.projector = MLP((dim, 2 * dim, out), activation=nn.GELU)
        self.target = copy.deepcopy(self.backbone)
        for p in self.target.parameters():
            p.requires_grad = False
        self.temperature = nn.Parameter(torch.ones([]) * np.log(1 / 0.07))

    def forward(self, x):
        z = F.normalize(self.projector(self.backbone(x)), dim=-1)
        return z * self.temperature.exp(), self.target(x)


class MoE(nn.Module):
    def __init__(self, dim=16, experts=4, hidden=32):
        super().__init__()
        self.gate = nn.Linear(dim, experts, bias=False)
        self.w_in = nn.Parameter(torch.randn(experts, dim, hidden) * dim**-0.5)
        self.w_out = nn.Parameter(torch.randn(experts, hidden, dim) / hidden**0.5)

    def forward(self, x):
        weights = self.gate(x).softmax(dim=-1)
        h = torch.einsum("bd,edh->beh", x, self.w_in)
        y = torch.einsum("beh,ehd->bed", F.silu(h), self.w_out)
        return (y * weights.unsqueeze(-1)).sum(dim=1)
