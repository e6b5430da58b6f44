import math

import torch
import torch.nn as nn
import torch.nn.functional as F

INPUT = (48,)
TOKENS = 300
BATCH = 16
LAYERS = 5


class CausalSelfAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.c_attn = nn.Linear(dim, 3 * dim)
        self.c_proj = nn.Linear(dim, dim)

    def forward(self, x):
        batch, time, dim = x.size()
        q, k, v = self.c_attn(x).split(dim, dim=2)
        q = q.view(batch, time, self.heads, dim // self.heads).transpose(1, 2)
        k = k.view(batch, time, self.heads, dim // self.heads).transpose(1, 2)
        v = v.view(batch, time, self.heads, dim // self.heads).transpose(1, 2)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        y = y.transpose(1, 2).contiguous().view(batch, time, dim)
        return self.c_proj(y)


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.ln_1 = nn.LayerNorm(dim)
        self.attn = CausalSelfAttention(dim, heads)
        self.ln_2 = nn.LayerNorm(dim)
        self.c_fc = nn.Linear(dim, 4 * dim)
        self.gelu = nn.GELU()
        self.mlp_proj = nn.Linear(4 * dim, dim)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp_proj(self.gelu(self.c_fc(self.ln_2(x))))


class GPT(nn.Module):
    def __init__(self, dim=96, heads=4):
        super().__init__()
        self.wte = nn.Embedding(300, dim)
        self.wpe = nn.Embedding(48, dim)
        self.h = nn.ModuleList([Block(dim, heads) for _ in range(LAYERS)])
        self.ln_f = nn.LayerNorm(dim)
        self.lm_head = nn.Linear(dim, 300, bias=False)
        self.apply(self._init_weights)
        for name, p in self.named_parameters():
            if name.endswith("proj.weight"):
                nn.init.normal_(p, mean=0.0, std=0.02 / math.sqrt(2 * LAYERS))

    def _init_weights(self, module):
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, mean=0.0, std=0.02)

    def forward(self, idx):
        pos = torch.arange(0, 48, dtype=torch.long)
        x = self.wte(idx) + self.wpe(pos)
        for block in self.h:
            x = block(x)
        return self.lm_head(self.ln_f(x))


def build():
    return GPT()
