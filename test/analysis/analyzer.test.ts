/** The façade: entry points, reuse between keystrokes, broken text, bad input. */
import { describe, expect, it } from 'vitest';
import { type Analysis, createAnalyzer } from '../../server/src/analyze.ts';
import { memoryHost } from '../../server/src/text/host.ts';
import { resolve } from '../../server/src/text/span.ts';
import { parser } from '../support/parser.ts';

const analyzer = (files: Record<string, string> = {}) => createAnalyzer(memoryHost(files), parser);

const once = (text: string, files: Record<string, string> = {}): Analysis => analyzer({ 'm.py': text, ...files }).analyze('m.py', text);

const names = (analysis: Analysis): string[] => analysis.networks.map((n) => `${n.network.entry} ${n.network.name}`);

const plain = (analysis: Analysis): unknown => analysis.findings.map((f) => [f.rule, f.severity, resolve(f.span), f.message]);

const HEAD = 'import torch\nimport torch.nn as nn\n';

const deep = (name: string, init = 'xavier_uniform_'): string => `class ${name}(nn.Module):
    def __init__(self, width=256, depth=20):
        super().__init__()
        layers = []
        for _ in range(depth):
            linear = nn.Linear(width, width)
            nn.init.${init}(linear.weight)
            layers += [linear, nn.ReLU()]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(width, 10)
    def forward(self, x):
        return self.head(self.body(x))

`;

describe('entry points', () => {
  it('a model that the file builds comes before its class', () => {
    expect(names(once(`${HEAD}${deep('Net')}model = Net(64)\n`))).toEqual(['call model']);
  });
  it('a class that nothing builds is built from its defaults', () => {
    expect(names(once(`${HEAD}${deep('Net')}`))).toEqual(['defaults Net']);
  });
  it('a class that another model holds is judged inside it', () => {
    const text = `${HEAD}${deep('Body')}class Outer(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.body = Body()\n    def forward(self, x):\n        return self.body(x)\n`;
    expect(names(once(text))).toEqual(['defaults Outer']);
  });
  it('a function that returns a model is called', () => {
    expect(names(once(`${HEAD}def build(n=3):\n    return nn.Sequential(nn.Linear(8, n), nn.ReLU(), nn.Linear(n, 1))\n`))).toEqual([
      'function build',
    ]);
  });
  it('a helper that another function calls is no entry of its own', () => {
    const text = `${HEAD}def block(n=3):\n    return nn.Sequential(nn.Linear(8, n), nn.ReLU())\ndef build(n=3):\n    return nn.Sequential(block(n), nn.Linear(n, 1))\n`;
    expect(names(once(text))).toEqual(['function build']);
  });
  it('what stands under the main guard is run', () => {
    expect(
      names(once(`${HEAD}${deep('Net')}def main():\n    net = Net(32)\n    net.train()\nif __name__ == "__main__":\n    main()\n`)),
    ).toEqual(['call Net']);
  });
  it('models of other files are read through the host', () => {
    const analysis = once('from layers import Net\nmodel = Net()\n', { 'layers.py': `${HEAD}${deep('Net')}` });
    expect(names(analysis)).toEqual(['call model']);
    expect(analysis.findings.map((f) => resolve(f.span).file)).toContain('layers.py');
  });
});

describe('the order of entries', () => {
  const builder = `${deep('Net')}def _make(name, depth=3, **kw):
    return Net(depth=depth, **kw)

def small(**kw):
    return _make('small', depth=2, **kw)

def large(**kw):
    return _make('large', depth=4, **kw)

def wide(**kw):
    return _make('wide', width=512)
`;
  it('a function that others call is seen inside them and is no entry', () => {
    expect(names(once(`${HEAD}${builder}`)).sort()).toEqual(['function large', 'function small', 'function wide']);
  });
  it('a function that is called where no model comes of it is tried by itself', () => {
    const text = `${HEAD}${deep('Net')}def make(depth=3):\n    return Net(depth=depth)\n\ndef report():\n    print(make)\n`;
    expect(names(once(text))).toEqual(['function make']);
  });
  const many = `${HEAD}${deep('Net')}${Array.from({ length: 60 }, (_, i) => `def net${i}():\n    return Net(width=${64 + i}, depth=100)\n`).join('\n')}\ndef other():\n    return nn.Sequential(Net(), nn.Linear(10, 2))\n`;
  it('what differs only in numbers waits for what says something new, and what is left out is said', () => {
    const analysis = once(many);
    expect(names(analysis)).toContain('function net0');
    expect(names(analysis)).toContain('function other');
    expect(names(analysis).length).toBeLessThan(40);
    expect(analysis.issues.map((i) => i.message).join()).toMatch(/those that differ only in sizes last; \d+ more are not/);
  });
  it('what was kept counts as if it ran: the same text, the same models', () => {
    const a = analyzer();
    const first = names(a.analyze('m.py', many));
    const edited = many.replace('width=64,', 'width=65,');
    expect(names(a.analyze('m.py', edited))).toEqual(names(once(edited)));
    expect(names(a.analyze('m.py', many))).toEqual(first);
  });
  it('a function is followed when it is asked for by name', () => {
    const analysis = analyzer().analyze('m.py', many, { className: 'net59' });
    expect(names(analysis)).toEqual(['function net59']);
  });
  it('and so is one that the file calls itself', () => {
    const text = `${HEAD}${deep('Net')}def build(width=8):\n    return Net(width=width)\n\nnet = build(16)\n`;
    expect(names(once(text))).toEqual(['call net']);
    expect(names(analyzer().analyze('m.py', text, { className: 'build' }))).toEqual(['function build']);
  });
});

describe('reuse', () => {
  it('a change in one class leaves the networks of the others as they are', () => {
    const a = analyzer();
    const first = a.analyze('m.py', `${HEAD}${deep('A')}${deep('B')}`);
    const second = a.analyze('m.py', `${HEAD}${deep('A').replace('20', '21')}${deep('B')}`);
    expect(second.networks[0]).not.toBe(first.networks[0]);
    expect(second.networks[1]?.network).toBe(first.networks[1]?.network);
  });
  it('findings of unchanged classes move with their text', () => {
    const a = analyzer();
    const text = `${HEAD}${deep('A')}`;
    const [before] = a.analyze('m.py', text).findings;
    const start = before && resolve(before.span).start;
    const [after] = a.analyze('m.py', `# a comment\n${text}`).findings;
    expect(after && resolve(after.span).start).toBe((start ?? 0) + '# a comment\n'.length);
  });
  it('a class is read again when what it uses changes', () => {
    const a = analyzer();
    const text = (init: string): string =>
      `${HEAD}def draw(w):\n    nn.init.${init}(w)\n${deep('A').replace('nn.init.xavier_uniform_', 'draw')}`;
    expect(a.analyze('m.py', text('xavier_uniform_')).findings.map((f) => f.rule)).toContain('relu-without-he');
    expect(a.analyze('m.py', text('kaiming_uniform_')).findings.map((f) => f.rule)).not.toContain('relu-without-he');
  });
  it('a change in another file is seen', () => {
    const files: Record<string, string> = { 'layers.py': `${HEAD}${deep('Net')}` };
    const a = createAnalyzer(memoryHost(files), parser);
    const text = 'from layers import Net\nmodel = Net()\n';
    expect(a.analyze('m.py', text).findings.length).toBeGreaterThan(0);
    files['layers.py'] = `${HEAD}${deep('Net', 'kaiming_normal_')}`;
    expect(a.analyze('m.py', text).findings).toEqual([]);
  });
  it('a file is read again when what it imports was read again for another file', () => {
    const files: Record<string, string> = { 'layers.py': `${HEAD}${deep('Net')}`, 'other.py': 'from layers import Net\nmodel = Net()\n' };
    const a = createAnalyzer(memoryHost(files), parser);
    const text = 'from layers import Net\nmodel = Net()\n';
    expect(a.analyze('m.py', text).findings.length).toBeGreaterThan(0);
    files['layers.py'] = `${HEAD}${deep('Net', 'kaiming_normal_')}`;
    expect(a.analyze('other.py', files['other.py'] as string).findings).toEqual([]);
    expect(a.analyze('m.py', text).findings).toEqual([]);
  });
  it('what edits lead to is what a fresh analysis gives', () => {
    const a = analyzer();
    const texts = [
      deep('A'),
      deep('A') + deep('B'),
      deep('A', 'zeros_') + deep('B'),
      `${deep('C')}${deep('A')}`,
      deep('A', 'kaiming_normal_'),
    ];
    for (const text of texts) expect(plain(a.analyze('m.py', HEAD + text))).toEqual(plain(once(HEAD + text)));
  });
  it('the same text gives the same findings', () => {
    const text = `${HEAD}${deep('A')}${deep('B', 'zeros_')}`;
    expect(JSON.stringify(plain(once(text)))).toBe(JSON.stringify(plain(once(text))));
  });
});

describe('broken text', () => {
  it('keeps the last good findings of a class that is being typed in, where their text now stands', () => {
    const a = analyzer();
    const good = `${HEAD}${deep('A')}`;
    const findings = a.analyze('m.py', good).findings.map((f) => f.rule);
    expect(findings.length).toBeGreaterThan(0);
    const edited = good.replace('        self.body =', '        self.extra = nn.Linear((\n        self.body =');
    const analysis = a.analyze('m.py', edited);
    expect(analysis.findings.map((f) => f.rule)).toEqual(findings);
    const { start, end } = resolve(analysis.findings[0]!.span);
    expect(edited.slice(start, end)).toContain('nn.init.xavier_uniform_');
  });
  it('other classes of the file go on as before', () => {
    const a = analyzer();
    const good = `${HEAD}${deep('A')}${deep('B')}`;
    const before = a.analyze('m.py', good).findings.length;
    expect(a.analyze('m.py', good.replace('class A(nn.Module):', 'class A(nn.Module:')).findings.length).toBe(before);
  });
});

describe('bad input', () => {
  const cases: Readonly<Record<string, string>> = {
    'an empty file': '',
    'a half-typed file': `${HEAD}class Net(nn.Mod`,
    'a binary renamed .py': String.fromCharCode(...Array.from({ length: 4096 }, (_, i) => (i * 37) % 256)),
    'while True': `${HEAD}while True:\n    pass\nmodel = nn.Sequential(nn.Linear(2, 2))\n`,
    'recursion in a constructor': `${HEAD}class A(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = A()\n    def forward(self, x):\n        return self.a(x)\n`,
    'recursion in forward': `${HEAD}class A(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.l = nn.Linear(3, 3)\n    def forward(self, x):\n        return self.forward(self.l(x))\n`,
    'a class that is its own base': 'import torch.nn as nn\nclass A(A): pass\nclass B(B, nn.Module): pass\n',
    'a module that holds itself': `${HEAD}m = nn.Sequential()\nm.add_module("m", m)\ny = m(torch.randn(2, 2))\n`,
    'a loop of 100,000 layers': `${HEAD}layers = []\nfor i in range(100000):\n    layers.append(nn.Linear(8, 8))\nmodel = nn.Sequential(*layers)\n`,
    'lone surrogates': `${HEAD}s = "\ud800"\nmodel = nn.Sequential(nn.Linear(2, 2))\n`,
    'sizes that are no sizes': `${HEAD}model = nn.Sequential(nn.Linear(-1, 0), nn.ReLU(), nn.Linear("a", None), nn.Conv2d(3, 1e300, 0))\n`,
    'a picture of unknown size turned by numpy': `${HEAD}import numpy as np\nfrom torchvision.utils import make_grid\nnet = nn.Sequential(nn.ConvTranspose2d(8, 3, 4))\nshown = make_grid(net(torch.randn(4, 8, 1, 1)).detach().cpu())\nnp.transpose(shown, (1, 2, 0))\n`,
    'a keras model of nothing': 'import keras\nm = keras.Sequential([None, 3, keras.layers.Dense("x")])\nm2 = keras.Model(None, None)\n',
  };
  it.each(Object.keys(cases))('%s gets an answer', (name) => {
    const analysis = once(cases[name] as string);
    expect(analysis.issues.filter((i) => i.message.includes('internal error'))).toEqual([]);
  });
  it('modules that import each other', () => {
    const analysis = once('from b import B\nclass A(B): pass\n', {
      'b.py': 'from m import A\nimport torch.nn as nn\nclass B(nn.Module): pass\n',
    });
    expect(analysis.issues.filter((i) => i.message.includes('internal error'))).toEqual([]);
  });
  it('thousands of models are cut, and it is said', () => {
    const text =
      HEAD +
      Array.from(
        { length: 1000 },
        (_, i) =>
          `class N${i}(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Linear(2, 2)\n    def forward(self, x):\n        return self.a(x)\n`,
      ).join('');
    const analysis = once(text);
    expect(analysis.networks).toHaveLength(250);
    expect(analysis.issues.map((i) => i.message).join('\n')).toContain('750 more are not');
  });
  it('100,000 layers are cut, and it is said', () => {
    const analysis = once(cases['a loop of 100,000 layers'] as string);
    expect(analysis.issues.map((i) => i.message).join('\n')).toMatch(/followed for the first|step budget/);
  });
});
