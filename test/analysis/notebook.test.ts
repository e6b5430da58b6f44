/** A notebook under analysis: cells share one scope, are boundaries to damage, and an edit redoes what hangs on it. */
import { describe, expect, it } from 'vitest';
import { type Analysis, type Analyzer, createAnalyzer } from '../../server/src/analyze.ts';
import { cellAt } from '../../server/src/text/cells.ts';
import { memoryHost } from '../../server/src/text/host.ts';
import { resolve } from '../../server/src/text/span.ts';
import { notebookText } from '../../server/src/workspace/notebook.ts';
import { parser } from '../support/parser.ts';

const FILE = 'n.ipynb';
const create = (): Analyzer => createAnalyzer(memoryHost({}), parser);

const analyze = (cells: readonly string[], analyzer = create()): Analysis => {
  const { text, cells: table } = notebookText(cells.map((cell, index) => ({ index, text: cell })));
  return analyzer.analyze(FILE, text, { cells: table });
};

/** `cell:offset rule` of each finding. */
const found = (analysis: Analysis): string[] =>
  analysis.findings.map(({ rule, span }) => {
    const { start } = resolve(span);
    const cell = cellAt(analysis.module.cells ?? [], start);
    return `${cell?.index}:${start - (cell?.start ?? 0)} ${rule}`;
  });

const IMPORTS = 'import torch\nfrom torch import nn';
const CLASS = `class Net(nn.Module):
    def __init__(self, width=256, depth=20):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])
        self.head = nn.Linear(width, 10)
    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.head(x)`;
const INIT = 'def init(m):\n    if isinstance(m, nn.Linear):\n        nn.init.xavier_uniform_(m.weight)';
const USE = 'net = Net()\nnet.apply(init)';
const CELLS = [IMPORTS, CLASS, INIT, USE];
const FINDING = `2:${INIT.indexOf('nn.init')} relu-without-he`;

describe('cells', () => {
  it('are one scope in their order', () => {
    expect(found(analyze(CELLS))).toEqual([FINDING]);
    expect(found(analyze([USE, IMPORTS, CLASS, INIT])).some((one) => one.startsWith('3:'))).toBe(false);
  });

  it.each([
    ['an open bracket', 'x = foo(bar['],
    ['an open string', 'x = """never closed\nclass Other: pass'],
    ['an open block', 'if x:'],
    ['a decorator', '@torch.no_grad()'],
    ['a backslash', 'x = 1 + \\'],
    ['prose', 'this is (no python at all: "'],
  ])('%s in one stays in it', (_, broken) => {
    const cells = [IMPORTS, broken, CLASS, broken, INIT, broken, USE, broken];
    expect(found(analyze(cells))).toEqual([FINDING.replace('2:', '4:')]);
  });

  it('a class that a later cell defines again is the one that later cells build', () => {
    const tanh = CLASS.replace('torch.relu', 'torch.tanh');
    expect(found(analyze([IMPORTS, CLASS, tanh, INIT, USE])).filter((one) => one.includes('relu'))).toEqual([]);
    expect(found(analyze([IMPORTS, tanh, CLASS, INIT, USE]))).toEqual([FINDING.replace('2:', '3:')]);
    const both = analyze([IMPORTS, CLASS, 'net = Net()', tanh, 'net = Net()']);
    expect(both.networks).toHaveLength(2);
  });

  it('a function that a later cell defines again is looked at once', () => {
    const build = (n: number) => `def build():\n    return nn.Sequential(nn.Linear(8, ${n}), nn.ReLU(), nn.Linear(${n}, 1))`;
    const { networks } = analyze([IMPORTS, build(3), build(5)]);
    expect(networks.map(({ network }) => network.nodes[1]?.params[0]?.shape)).toEqual([[5, 8]]);
  });

  it('a comment silences a line of its own cell, or the whole notebook', () => {
    const line = INIT.replace('weight)', 'weight)  # initlens: ignore');
    expect(found(analyze([IMPORTS, CLASS, line, USE]))).toEqual([]);
    expect(found(analyze([IMPORTS, CLASS, INIT, USE, '# initlens: ignore-file[relu-without-he]']))).toEqual([]);
    // The last line of a cell says nothing of the next cell's first.
    const call = `nn.init.xavier_uniform_(net.layers[0].weight)`;
    const bare = ['net = Net()\n# initlens: ignore', `${call}\n`];
    const one = analyze([IMPORTS, CLASS.replace('depth=20', 'depth=1'), ...bare]);
    const other = analyze([IMPORTS, CLASS.replace('depth=20', 'depth=1'), bare[0]!.replace('# initlens: ignore', ''), bare[1]!]);
    expect(one.findings.length).toBe(other.findings.length);
  });
});

describe('edits', () => {
  it.each([
    ['text in a cell', [IMPORTS, `${CLASS}\n# more`, INIT, USE]],
    ['a cell inserted', [IMPORTS, 'x = 1', CLASS, INIT, USE]],
    ['a cell deleted', [IMPORTS, CLASS, USE]],
    ['cells moved', [IMPORTS, INIT, CLASS, USE]],
    ['a cell split', [IMPORTS, CLASS, ...USE.split('\n'), INIT]],
    ['cells joined', [IMPORTS, `${CLASS}\n\n${INIT}`, USE]],
    ['a cell emptied', [IMPORTS, CLASS, '', USE]],
    ['everything gone', []],
  ])('%s: the answer is that of a fresh notebook, and so is the way back', (_, after) => {
    const analyzer = create();
    const first = found(analyze(CELLS, analyzer));
    expect(found(analyze(after, analyzer))).toEqual(found(analyze(after)));
    expect(found(analyze(CELLS, analyzer))).toEqual(first);
  });

  it('a cell divided where its text is the same is two cells', () => {
    const analyzer = create();
    const text = 'x = (\n\ny = 1';
    const whole = analyzer.analyze(FILE, text, { cells: [{ index: 0, start: 0, end: text.length }] });
    const divided = analyzer.analyze(FILE, text, {
      cells: [
        { index: 0, start: 0, end: 5 },
        { index: 1, start: 7, end: text.length },
      ],
    });
    expect(whole.module.cells).toHaveLength(1);
    expect(divided.module.cells).toHaveLength(2);
    expect(divided.module.blocks.at(-1)).toMatchObject({ broken: false, statement: { kind: 'assign' } });
  });

  it('statements of cells that did not change are not parsed again', () => {
    const analyzer = create();
    const before = analyze(CELLS, analyzer).module.blocks;
    const after = analyze([IMPORTS, USE, `${CLASS}\n`, 'y = 2', INIT], analyzer).module.blocks;
    expect(after.filter((block) => before.includes(block))).toHaveLength(before.length);
  });

  it('a method that a decorator adds in a later cell is part of its class at every keystroke', () => {
    const add = 'def add(cls):\n    def wrap(fn):\n        setattr(cls, fn.__name__, fn)\n    return wrap';
    const bare = CLASS.slice(0, CLASS.indexOf('    def forward'));
    const forward = (act: string) =>
      `@add(Net)\ndef forward(self, x):\n    for layer in self.layers:\n        x = torch.${act}(layer(x))\n    return self.head(x)`;
    const analyzer = create();
    const acts = (act: string) =>
      analyze([IMPORTS, add, bare, forward(act)], analyzer).networks.flatMap(({ network }) =>
        network.nodes.flatMap(({ op }) => (op.kind === 'activation' ? [op.name] : [])),
      );
    expect(new Set(acts('relu'))).toEqual(new Set(['relu']));
    expect(new Set(acts('tanh'))).toEqual(new Set(['tanh']));
  });

  it('a keystroke in a notebook of many cells leaves the models of all others as they were', () => {
    const analyzer = create();
    const cells = [IMPORTS];
    for (let i = 0; i < 60; i++) cells.push(CLASS.replace('Net', `Net${i}`).replace('depth=20', 'depth=2'));
    const before = new Set(analyze(cells, analyzer).networks.map(({ network }) => network));
    cells[30] = cells[30]!.replace('depth=2', 'depth=3');
    const after = analyze(cells, analyzer).networks.map(({ network }) => network);
    expect(after.filter((network) => !before.has(network)).map(({ name }) => name)).toEqual(['Net29']);
    expect(after).toHaveLength(60);
  });
});
