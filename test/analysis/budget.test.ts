/** Work that leads to no network ends soon and is said; the answer does not hang on what was kept. */
import { expect, it } from 'vitest';
import { type Analysis, createAnalyzer } from '../../server/src/analyze.ts';
import { LIMITS } from '../../server/src/interpreter/limits.ts';
import { memoryHost } from '../../server/src/text/host.ts';
import { parser } from '../support/parser.ts';

const HEAD = 'import torch.nn as nn\n';
const NETWORK = 'nn.Sequential(nn.Linear(8, n), nn.ReLU(), nn.Linear(n, 1))';

const once = (text: string, files: Record<string, string> = {}): Analysis =>
  createAnalyzer(memoryHost({ 'm.py': text, ...files }), parser).analyze('m.py', text);
const names = (analysis: Analysis): string[] => analysis.networks.map((n) => n.network.name);
const messages = (analysis: Analysis): string => analysis.issues.map((i) => i.message).join('\n');

/** A function of this many rounds of about 1,000 steps each, and what comes after them. */
const busy = (name: string, rounds: number, after: string): string =>
  `def ${name}(n=3):\n    t = 0\n    for i in range(${rounds}):\n        for j in range(100):\n            t = t + j\n    ${after}\n`;

/** Three functions, none like another. */
const vain = ['return t', 'return t + t', 'print(t)'].map((after, i) => busy(`f${i}`, 300, after)).join('');

it('a function that makes nothing of a framework is followed for a part of the budget', () => {
  const late = once(`${HEAD}${busy('build', 300, `return ${NETWORK}`)}`);
  expect(names(late)).toEqual([]);
  expect(messages(late)).toMatch(/1 functions or classes .* step budget/);
  expect(names(once(`${HEAD}${busy('build', 40, `return ${NETWORK}`)}`))).toEqual(['build']);
});

it('once a layer is made the whole budget is there', () => {
  const text = `${HEAD}def build(n=3):\n    first = nn.Linear(8, 8)\n    t = 0\n    for i in range(120):\n        for j in range(100):\n            t = t + j\n    return nn.Sequential(first, nn.ReLU(), nn.Linear(8, n))\n`;
  const analysis = once(text);
  expect(names(analysis)).toEqual(['build']);
  expect(analysis.networks[0]?.network.complete).toBe(true);
});

it('after long searches in vain others are short', () => {
  const text = `${HEAD}${vain}${busy('late', 20, `return ${NETWORK}`)}def build(n=3):\n    return ${NETWORK}\n`;
  expect(LIMITS.vainSteps).toBeLessThanOrEqual(3 * LIMITS.searchSteps);
  expect(names(once(text))).toEqual(['build']);
});

it('what is kept gives the answer that a first run would', () => {
  const tail = `${busy('late', 20, `return ${NETWORK}`)}def build(n=3):\n    return ${NETWORK}\n`;
  const analyzer = createAnalyzer(memoryHost({}), parser);
  expect(names(analyzer.analyze('m.py', HEAD + tail))).toEqual(['late', 'build']);
  const text = HEAD + vain + tail;
  expect(names(analyzer.analyze('m.py', text))).toEqual(names(once(text)));
});

it('the front of a package is not run for its imports', () => {
  const front = `"""Models."""\nfrom .a import *\ntry:\n    from .b import Net\nexcept ImportError:\n    Net = None\n__all__ = ['Net']\n`;
  const files = { 'a.py': `${HEAD}model = nn.Linear(2, 2)\n`, 'b.py': `${HEAD}class Net(nn.Module):\n    pass\n` };
  const host = memoryHost({ 'p/__init__.py': front, 'p/a.py': files['a.py'], 'p/b.py': files['b.py'] });
  const read: string[] = [];
  const readFile = (file: string): string | undefined => {
    read.push(file);
    return host.readFile(file);
  };
  const analyzer = createAnalyzer({ ...host, roots: host.roots, readFile }, parser);
  expect(analyzer.analyze('p/__init__.py', front).networks).toEqual([]);
  expect(read).toEqual([]);
});

it('of models that differ in sizes the first is followed, in switches all', () => {
  const rounds = (name: string, given: string): string => `def ${name}():\n    return build(${given})\n`;
  // Each network costs about 15,000 steps.
  const build = `def build(width=8, depth=300, bias=True, act=nn.ReLU):\n    layers = []\n    for i in range(depth):\n        layers += [nn.Linear(width, width, bias=bias), act()]\n    return nn.Sequential(*layers)\n`;
  const text = `${HEAD}${build}${rounds('a', 'width=8, depth=300')}${rounds('b', 'width=8, depth=299')}${rounds('c', 'depth=300')}${rounds('d', 'bias=False')}${rounds('e', 'act=nn.GELU')}${rounds('f', 'width=9')}`;
  const analysis = once(text);
  expect(names(analysis)).toEqual(['a', 'd', 'e']);
  expect(messages(analysis)).toMatch(/3 more are not/);
});

/** A network of this costs a file about 51,000 steps. */
const DEEP = 'nn.Sequential(*[nn.Linear(8, 8) for i in range(1000)])';
const NAMES = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K'];
const holding = (name: string, child: string): string =>
  `class ${name}(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.c = ${child}\n    def forward(self, x):\n        return self.c(x)\n`;

it('a class that others build is followed in them and not before', () => {
  const analysis = once(HEAD + holding('Base', DEEP) + NAMES.map((name) => holding(name, 'Base()')).join(''));
  expect(names(analysis)).toEqual(NAMES);
});

it('parts are followed where the budget of the whole is used up', () => {
  const deep = NAMES.map((name) => holding(name, DEEP));
  const analysis = once(HEAD + holding('Part', 'nn.Linear(8, 8)') + deep.join('') + holding('Whole', 'Part()'));
  expect(names(analysis).slice(0, 2)).toEqual(['Part', 'A']);
  expect(names(analysis)).not.toContain('Whole');
});

it('parts are followed where the last whole costs more than it was given', () => {
  const deep = NAMES.slice(0, 10).map((name) => holding(name, DEEP));
  const layers = '*[nn.Linear(8, 8) for i in range(1000)]';
  const last = holding('Last', `nn.Sequential(${layers}, ${layers})`);
  const analysis = once(HEAD + holding('Part', 'nn.Linear(8, 8)') + deep.join('') + last + holding('Whole', 'Part()'));
  expect(names(analysis)).toEqual(['Part', ...NAMES.slice(0, 10), 'Last']);
});
