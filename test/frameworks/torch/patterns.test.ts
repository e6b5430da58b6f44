/** The ways models are written in the wild (by frequency), each to its network. */
import { describe, expect, it } from 'vitest';
import { distributionMoments, momentsOf } from '../../../server/src/network/moments.ts';
import type { Network, Parameter } from '../../../server/src/network/network.ts';
import { graphText, IMPORTS, kinds, networkOf, networksOf, parametersOf, paramText, shapeText } from './summary.ts';

const model = (init: string, forward: string, args = ''): string => `
class Net(nn.Module):
    def __init__(self${args}):
        super().__init__()
${init.replace(/^/gm, '        ')}
    def forward(self, x):
${forward.replace(/^/gm, '        ')}
`;

const param = (text: string, path: string): Parameter => {
  const found = parametersOf(networkOf(text)).find((p) => p.path === path);
  if (!found) throw new Error(`no parameter ${path}`);
  return found;
};

describe('structure', () => {
  it('attributes, functional and method activations', () => {
    const text = model(
      'self.fc1 = nn.Linear(784, 128)\nself.fc2 = nn.Linear(128, 10)',
      'x = torch.flatten(x, 1)\nreturn self.fc2(F.relu(self.fc1(x)).tanh())',
    );
    expect(graphText(networkOf(text))).toBe(
      [
        '0 input x (N, 784)',
        '1 flatten flatten ← 0 (N, 784)',
        '2 dense fc1 ← 1 (N, 128)',
        '3 relu relu ← 2 (N, 128)',
        '4 tanh tanh ← 3 (N, 128)',
        '5 dense fc2 ← 4 (N, 10)',
      ].join('\n'),
    );
  });

  it('modules put into `_modules` stand where the ones before them did', () => {
    const text = `
class Frozen(nn.Module):
    def forward(self, x):
        return torch.tanh(x)
def freeze(model):
    for name, module in model.named_children():
        if isinstance(module, nn.ReLU):
            model._modules[name] = Frozen()
        freeze(module)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
        freeze(self)
    def forward(self, x):
        return self.body(x)
net = Net()
`;
    expect(kinds(networkOf(text))).toBe('input dense tanh');
  });

  it('Sequential from a list, OrderedDict, add_module, append, slices', () => {
    const text = `
layers = [nn.Linear(4, 8), nn.ReLU()]
layers += [nn.Linear(8, 8), nn.Sigmoid()]
base = nn.Sequential(*layers)
base.add_module('head', nn.Linear(8, 2))
def build():
    net = nn.Sequential(OrderedDict([('body', base[:-1]), ('drop', nn.Dropout(0.1))]))
    net.append(base[-1])
    return net
`;
    expect(graphText(networksOf(IMPORTS + text)[1] as Network)).toBe(
      [
        '0 input input (N, 4)',
        '1 dense body.0 ← 0 (N, 8)',
        '2 relu body.1 ← 1 (N, 8)',
        '3 dense body.2 ← 2 (N, 8)',
        '4 sigmoid body.3 ← 3 (N, 8)',
        '5 dropout drop ← 4 (N, 8)',
        '6 dense 2 ← 5 (N, 2)',
      ].join('\n'),
    );
  });

  it('ModuleList by comprehension and append, ModuleDict, enumerate', () => {
    const text = model(
      'self.a = nn.ModuleList([nn.Linear(4, 4) for _ in range(2)])\nself.b = nn.ModuleList()\nfor i in range(2):\n    self.b.append(nn.Linear(4, 4))\nself.d = nn.ModuleDict({"act": nn.ELU(0.5)})',
      'for i, layer in enumerate(self.a):\n    x = self.d["act"](layer(x)) if i < 1 else layer(x)\nfor layer in self.b:\n    x = layer(x)\nreturn x',
    );
    const network = networkOf(text);
    expect(network.nodes.map((n) => n.path)).toEqual(['x', 'a.0', 'd.act', 'a.1', 'b.0', 'b.1']);
    expect(network.nodes[2]?.op).toMatchObject({ kind: 'activation', name: 'elu', args: { alpha: 0.5 } });
  });

  it('activation as default class, lookup table, getattr and partial', () => {
    const text = `
from functools import partial
ACT = {'relu': nn.ReLU, 'silu': nn.SiLU}
class Net(nn.Module):
    def __init__(self, act_layer=nn.GELU, act='silu', leaky=partial(nn.LeakyReLU, 0.3)):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 4), act_layer(), nn.Linear(4, 4), ACT[act](), nn.Linear(4, 4), getattr(nn, 'Tanh')(), nn.Linear(4, 4), leaky())
    def forward(self, x):
        return self.net(x)
`;
    expect(kinds(networkOf(text))).toBe('input dense gelu dense silu dense tanh dense leakyRelu');
    expect(networkOf(text).nodes.at(-1)?.op).toMatchObject({ args: { negativeSlope: 0.3 } });
  });

  it('residual, concat, nested modules and a call of one module twice', () => {
    const text = `
class Block(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.fc = nn.Linear(n, n)
    def forward(self, x):
        return x + F.relu(self.fc(x))
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = Block(4)
        self.out = nn.Linear(8, 1)
    def forward(self, x):
        y = self.block(self.block(x))
        return self.out(torch.cat([x, y], dim=1))
`;
    const network = networkOf(text);
    expect(kinds(network)).toBe('input dense relu add dense relu add concat dense');
    expect(network.nodes[1]?.params[0]?.storage).toBe(network.nodes[4]?.params[0]?.storage);
    expect(network.nodes[4]?.call).toBe(2);
    expect(network.nodes[7]?.inputs).toEqual([0, 6]);
  });

  it('required parameters give symbols', () => {
    const network = networkOf(model('self.fc = nn.Linear(n_in, 4 * n_in)', 'return self.fc(x)', ', n_in'));
    expect(shapeText(network.nodes[1]?.params[0]?.shape ?? null)).toBe('((4*n_in), n_in)');
    expect(shapeText(network.nodes[1]?.shape ?? null)).toBe('(N, (4*n_in))');
  });

  it('an unknown condition gives an opaque node, an unknown call too', () => {
    const text = model(
      'self.fc = nn.Linear(4, 4)',
      'if flag(x):\n    y = F.relu(x)\nelse:\n    y = F.tanh(x)\nreturn self.fc(mystery(y))',
      '',
    );
    expect(kinds(networkOf(`from somewhere import flag, mystery\n${text}`))).toBe(
      'input relu tanh opaque(if) opaque(somewhere.mystery) dense',
    );
  });

  it('a module that a condition chooses is followed both ways', () => {
    const text = model(
      'self.act = nn.ReLU() if deep else nn.Identity()\nself.fc = nn.Linear(4, 4)',
      'return self.act(self.fc(x))',
      ', deep',
    );
    expect(kinds(networkOf(text))).toBe('input dense relu identity opaque(if)');
    const drop = model(
      'self.drop = nn.Dropout(p) if p > 0 else nn.Identity()\nself.fc = nn.Linear(4, 4)',
      'return self.fc(self.drop(x))',
      ', p',
    );
    expect(kinds(networkOf(drop))).toBe('input dropout dense');
  });

  it('layers that forward never reaches', () => {
    const network = networkOf(model('self.a = nn.Linear(4, 4)\nself.b = nn.Linear(4, 9)', 'return self.a(x)'));
    expect(network.unreached.map((n) => n.path)).toEqual(['b']);
    expect(network.complete).toBe(true);
  });

  it('a class token, positional parameter and attention', () => {
    const text = model(
      'self.cls = nn.Parameter(torch.zeros(1, 1, 8))\nself.pos = nn.Parameter(torch.randn(1, 17, 8) * 0.02)\nself.attn = nn.MultiheadAttention(8, 2, batch_first=True)',
      'b, n, c = x.shape\nx = torch.cat((self.cls.expand(b, -1, -1), x), 1) + self.pos\ny, _ = self.attn(x, x, x)\nreturn y[:, 0]',
    );
    const network = networkOf(text);
    expect(kinds(network)).toBe('input input embedding concat shift attention slice');
    expect(shapeText(network.nodes.at(-1)?.shape ?? null)).toBe('(N, 8)');
  });

  it('symbolic sizes through view and permute', () => {
    const text = model(
      'self.conv = nn.Conv2d(3, 8, 3, padding=1)\nself.fc = nn.Linear(8 * 4 * 4, 10)',
      'x = self.conv(x)\nb = x.size(0)\nx = F.adaptive_avg_pool2d(x, 4).view(b, -1)\nreturn self.fc(x)',
    );
    expect(networkOf(text).nodes.map((n) => shapeText(n.shape))).toEqual([
      '(N, 3, height, width)',
      '(N, 8, height, width)',
      '(N, 8, 4, 4)',
      '(N, 128)',
      '(N, 10)',
    ]);
  });

  it('images before a dense layer: channels first where that fits, last where that does', () => {
    const squeeze = model('self.fc = nn.Linear(16, 4)', 'b, c, _, _ = x.size()\nreturn self.fc(F.adaptive_avg_pool2d(x, 1).view(b, c))');
    expect(networkOf(squeeze).nodes.map((n) => shapeText(n.shape))).toEqual([
      '(N, 16, height, width)',
      '(N, 16, 1, 1)',
      '(N, 16)',
      '(N, 4)',
    ]);
    const last = model('self.fc = nn.Linear(16, 4)', 'b, h, w, c = x.shape\nreturn self.fc(x)');
    expect(networkOf(last).nodes.map((n) => shapeText(n.shape))).toEqual(['(N, height, width, 16)', '(N, height, width, 4)']);
  });

  it('the shape that a script calls the model with', () => {
    const network = networkOf(
      `${model('self.conv = nn.Conv2d(3, 8, 3)', 'return self.conv(x)')}\nnet = Net()\ny = net(torch.randn(2, 3, 32, 32))\n`,
    );
    expect(shapeText(network.nodes[1]?.shape ?? null)).toBe('(N, 8, 30, 30)');
  });

  it('Lightning’s module is a module, a base class that nobody knows is none', () => {
    const text = `
import lightning as L
class Net(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
    def forward(self, x):
        return self.fc(x)
`;
    expect(kinds(networkOf(text))).toBe('input dense');
    expect(networksOf(IMPORTS + text.replace('import lightning as L', 'import elsewhere as L'))).toEqual([]);
  });
});

describe('initializers', () => {
  it('loops, isinstance chains and apply are generic, a special draw is not', () => {
    const text = `${model('self.a = nn.Linear(4, 4)\nself.b = nn.Linear(4, 4)\nself.apply(self._init)\nself._special()', 'return self.b(self.a(x))')}
    def _init(self, m):
        if isinstance(m, (nn.Linear, nn.Conv2d)):
            nn.init.kaiming_normal_(m.weight, nonlinearity='relu')
            nn.init.zeros_(m.bias)
    def _special(self):
        nn.init.orthogonal_(self.b.weight, gain=0.5)
`;
    expect(param(text, 'a.weight').init).toMatchObject({
      name: 'kaiming_normal_',
      source: 'call',
      generic: true,
      declared: { nonlinearity: 'relu' },
    });
    const b = param(text, 'b.weight');
    expect(b.init).toMatchObject({ name: 'orthogonal_', generic: false, declared: { gain: 0.5 } });
    expect(b.overwritten.map((i) => [i.name, i.generic])).toEqual([['kaiming_normal_', true]]);
  });

  it('in-place fills, data, no_grad, and copies', () => {
    const text = model(
      'self.a = nn.Linear(4, 4)\nself.b = nn.Linear(4, 4)\nself.c = nn.Linear(4, 4)\nself.a.weight.data.normal_(0, 0.3).mul_(2)\nself.b.weight.data = torch.rand(4, 4) * 2 - 1\nwith torch.no_grad():\n    self.c.weight.uniform_(-0.5, 0.5)\n    self.c.bias.fill_(0.1)',
      'return self.c(self.b(self.a(x)))',
    );
    expect(momentsOf(param(text, 'a.weight').init.distribution)).toMatchObject({ mean: 0, std: 0.6 });
    expect(param(text, 'b.weight').init.distribution).toEqual({ kind: 'uniform', low: -1, high: 1 });
    expect(param(text, 'c.weight').init.distribution).toEqual({ kind: 'uniform', low: -0.5, high: 0.5 });
    expect(param(text, 'c.bias').init.distribution).toEqual({ kind: 'constant', value: 0.1 });
  });

  it('parameters of scaled draws, and uninitialised ones', () => {
    const text = model(
      'self.w = nn.Parameter(torch.randn(n, m) / math.sqrt(n))\nself.b = nn.Parameter(torch.empty(m))',
      'return x @ self.w + self.b',
      ', n, m=8',
    );
    const w = param(text, 'w');
    expect(paramText(w)).toContain('torch.randn');
    expect(w.fanIn).toMatchObject({ text: 'n' });
    expect(distributionMoments(w.init.distribution)?.mean).toBe(0);
    expect(momentsOf(w.init.distribution, (s) => (s === 'n' ? 16 : undefined))?.std).toBeCloseTo(0.25, 12);
    expect(param(text, 'b').init.distribution.kind).toBe('uninitialized');
    expect(networkOf(text).nodes.map((n) => n.op.kind)).toEqual(['input', 'dense', 'shift']);
  });

  it('a local function of the same name is not torch’s', () => {
    const text = `
def kaiming_normal_(w):
    return w
${model('self.fc = nn.Linear(4, 4)\nkaiming_normal_(self.fc.weight)', 'return self.fc(x)')}`;
    expect(param(text, 'fc.weight').init.source).toBe('default');
    const imported = `from torch.nn.init import kaiming_normal_ as he\n${model('self.fc = nn.Linear(4, 4)\nhe(self.fc.weight)', 'return self.fc(x)')}`;
    expect(param(imported, 'fc.weight').init.name).toBe('kaiming_normal_');
  });

  it('reset_parameters of a subclass, and of torch', () => {
    const text = `
class My(nn.Linear):
    def reset_parameters(self):
        nn.init.xavier_normal_(self.weight)
${model('self.a = My(4, 4)\nself.b = nn.Linear(4, 4)\nnn.init.ones_(self.b.weight)\nself.b.reset_parameters()', 'return self.b(self.a(x))')}`;
    expect(param(text, 'a.weight').init.name).toBe('xavier_normal_');
    expect(networkOf(text).nodes[1]?.label).toBe('Linear');
    expect(param(text, 'b.weight').init.source).toBe('default');
  });

  it('tied weights are one storage, frozen and loaded ones say so', () => {
    const text = `${model('self.e = nn.Embedding(9, 4)\nself.o = nn.Linear(4, 9, bias=False)\nself.o.weight = self.e.weight\nself.f = nn.Linear(4, 4)\nself.f.weight.requires_grad = False', 'return self.o(self.f(self.e(x)))')}
net = Net()
net.load_state_dict(torch.load('w.pt'))
`;
    const network = networkOf(text);
    const [e, f, , o] = network.nodes.flatMap((n) => n.params);
    expect(e?.storage).toBe(o?.storage);
    expect(f?.trainable).toBe(false);
    expect(parametersOf(network).every((p) => p.loaded)).toBe(true);
  });

  it('forget bias as a part of the bias', () => {
    const text = model('self.lstm = nn.LSTM(4, 8)\nself.lstm.bias_ih_l0.data[8:16].fill_(1)', 'y, (h, c) = self.lstm(x)\nreturn y');
    const bias = param(text, 'lstm.bias_ih_l0');
    expect(momentsOf(bias.init.distribution)?.mean).toBeCloseTo(0.25, 12);
  });

  it('an unknown condition between two draws leaves it open', () => {
    const text = model(
      "self.fc = nn.Linear(4, 4)\nif kind == 'he':\n    nn.init.kaiming_normal_(self.fc.weight)\nelse:\n    nn.init.xavier_normal_(self.fc.weight)",
      'return self.fc(x)',
      ', kind',
    );
    expect(param(text, 'fc.weight').init.distribution.kind).toBe('unknown');
    expect(param(text, 'fc.weight').overwritten).toEqual([]);
  });

  it('notes what only torch can know', () => {
    const text = model(
      'self.fc = nn.Linear(4, 4)\nnn.init.xavier_uniform(self.fc.weight)\nnn.init.kaiming_normal_(self.fc.bias)',
      'return self.fc(x)',
    );
    expect(networkOf(text).notes.map((n) => n.rule)).toEqual(['deprecated-init', 'init-on-vector']);
    const stack = model('self.enc = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2), 2)', 'return self.enc(x)');
    expect(networkOf(stack).notes.map((n) => n.rule)).toEqual(['cloned-layers']);
    expect(networkOf(model('self.t = nn.Transformer(8, 2, 1, 1, 16)', 'return self.t(x, x)')).notes).toEqual([]);
  });
});

describe('fans', () => {
  it('of groups, strides and transposed convolutions, as the signal sees them', () => {
    const text = model(
      'self.a = nn.Conv2d(8, 16, 3, stride=2, groups=4)\nself.b = nn.ConvTranspose2d(16, 8, 4, stride=2, padding=1)',
      'return self.b(self.a(x))',
    );
    expect(param(text, 'a.weight')).toMatchObject({ fanIn: 18, fanOut: 9, frameworkFans: { fanIn: 18, fanOut: 144 } });
    expect(param(text, 'b.weight')).toMatchObject({ fanIn: 64, fanOut: 128, frameworkFans: { fanIn: 128, fanOut: 256 } });
  });
});

describe('training', () => {
  it('loss by its call, optimizer by its parameters', () => {
    const text = `${model('self.fc = nn.Linear(4, 4)', 'return self.fc(x)')}
net = Net()
other = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
criterion = nn.CrossEntropyLoss()
mse = nn.MSELoss()
loss = criterion(net(torch.randn(2, 4)), torch.zeros(2))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
`;
    const [net, other] = networksOf(`import math\nimport torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n${text}`);
    expect(net?.training).toMatchObject({
      losses: [{ name: 'CrossEntropyLoss', takes: 'logits', on: { node: net?.outputs[0], through: [] } }],
      optimizer: { name: 'SGD', learningRate: 0.1, momentum: 0.9 },
    });
    expect(other?.training.losses).toEqual([]);
  });
});

describe('what is no network', () => {
  it('a base without a forward and without layers', () =>
    expect(
      networksOf(`${IMPORTS}class Base(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.depth = 2\n`),
    ).toEqual([]));
});

describe('tensors of no elements and paddings of nothing', () => {
  it('an empty tensor fits any other', () =>
    expect(
      kinds(networkOf(model('self.fc = nn.Linear(4, 4)', 'x = self.fc(x)\nreturn torch.cat([torch.tensor([]), x], dim=-2)'))),
    ).not.toContain('opaque'));
  it('a parameter padded by nothing is as it was drawn', () => {
    const bias = param(
      model(
        'self.fc = nn.Linear(4, 3)\nnn.init.zeros_(self.fc.bias)\nself.fc.bias.data = F.pad(self.fc.bias.data, (0, self.fc.weight.shape[0] - 3))',
        'return self.fc(x)',
      ),
      'fc.bias',
    );
    expect(momentsOf(bias.init.distribution)).toMatchObject({ mean: 0, std: 0 });
  });
});

describe('a wrapped forward', () => {
  it('has the parameters of the one that is wrapped', () => {
    const text = `from functools import wraps
def keeping(fn):
    @wraps(fn)
    def wrapper(self, *args, **kwargs):
        return fn(self, *args, **kwargs)
    return wrapper
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.b = nn.Linear(3, 4)
    @keeping
    def forward(self, left, right, mask=None):
        return self.a(left) + self.b(right)
`;
    expect(networkOf(text).inputs).toHaveLength(2);
  });
});

describe('stacks of matrices', () => {
  const GROUPED = model(
    'self.w = nn.Parameter(torch.empty(8, 4, 16))\nnn.init.normal_(self.w, std=0.02)\nself.fc = nn.Linear(4, 4)',
    'x = self.fc(x.reshape(-1, 4))\nreturn torch.nn.functional.grouped_mm(x, self.w, offs=torch.arange(8))',
  );
  it('a matrix for each group of rows is one dense layer', () => {
    const op = networkOf(GROUPED).nodes.find(({ params }) => params.some(({ path }) => path === 'w'))?.op;
    expect(op).toMatchObject({ kind: 'dense', inFeatures: 4, outFeatures: 16 });
  });
  it('what forward hands to an operator that is not read stays as it was drawn', () => {
    const text = model(
      'self.w = nn.Parameter(torch.empty(4, 4))\nnn.init.normal_(self.w, std=0.02)\nself.fc = nn.Linear(4, 4)',
      'return torch.ops.mine.product(self.fc(x), self.w)',
    );
    expect(momentsOf(param(text, 'w').init.distribution)).toMatchObject({ std: 0.02 });
  });
});
