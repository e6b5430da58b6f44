/** What imports cost one file is bounded in steps, the bound is said, and the answer does not hang on what was kept. */
import { describe, expect, it } from 'vitest';
import { type Analysis, createAnalyzer } from '../../server/src/analyze.ts';
import { LIMITS } from '../../server/src/interpreter/limits.ts';
import { memoryHost } from '../../server/src/text/host.ts';
import { parser } from '../support/parser.ts';

const HEAD = 'import torch.nn as nn\n';
const MODEL = (name: string, width: string): string =>
  `class ${name}(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(8, ${width})\n    def forward(self, x):\n        return self.fc(x)\n`;
/** A statement of about this many thousand steps. */
const busy = (rounds: number): string => `for i in range(${rounds}):\n    for j in range(100):\n        t = i + j\n`;

const shown = ({ networks, issues }: Analysis) => ({
  networks: networks.map((n) => [n.network.name, n.network.nodes.map((node) => node.params.map((p) => p.shape?.map(String)))]),
  issues: issues.map((i) => [i.message, i.limit === true]),
});
const fresh = (files: Record<string, string>, main: string) =>
  shown(createAnalyzer(memoryHost(files), parser).analyze(main, files[main] as string));
const SAID = ['The step budget of imports was used up; what else the file imports is not read', true];

describe('imports that cost too much', () => {
  // About 9,000 steps each, so that all are above the bound and a quarter is below it.
  const count = 4 * Math.ceil(LIMITS.allImports / 33_000);
  const parts = Object.fromEntries(Array.from({ length: count }, (_, i) => [`p/m${i}.py`, `${busy(30)}w = ${i}\n`]));
  const importing = (from: number, to: number): string =>
    Array.from({ length: to - from }, (_, i) => `from p.m${i + from} import w as w${i + from}\n`).join('');
  const files = {
    'p/__init__.py': '',
    ...parts,
    'all.py': `${HEAD}${importing(0, count)}${MODEL('First', 'w0')}${MODEL('Last', `w${count - 1}`)}`,
    'some.py': `${HEAD}${importing(0, 10)}${MODEL('First', 'w0')}`,
    'end.py': `${HEAD}${importing(count - 10, count)}${MODEL('Last', `w${count - 1}`)}`,
    'rest.py': `${HEAD}${importing(10, 20)}${MODEL('Ten', 'w10')}`,
  };

  const answers = new Map<string, ReturnType<typeof shown>>();
  /** What a first read says. */
  const first = (main: keyof typeof files) => {
    const known = answers.get(main) ?? fresh(files, main);
    answers.set(main, known);
    return known;
  };

  it('are cut off, which is said, and what else the file has is read', () => {
    const { networks, issues } = first('all.py');
    expect(networks.map(([name]) => name)).toEqual(['First', 'Last']);

    expect(issues).toContainEqual(SAID);
    expect(first('some.py').issues).toEqual([]);
  });
  it.each([
    ['nothing', []],
    ['its first imports', ['some.py']],
    ['its last imports', ['end.py', 'rest.py']],
    ['itself', ['all.py', 'all.py']],
  ])('have the same answer after %s', (_, before) => {
    const analyzer = createAnalyzer(memoryHost(files), parser);
    for (const file of before) analyzer.analyze(file, files[file as keyof typeof files]);
    expect(shown(analyzer.analyze('all.py', files['all.py']))).toEqual(first('all.py'));
    // And spoil nothing for others.
    for (const file of ['some.py', 'end.py', 'rest.py'] as const) expect(shown(analyzer.analyze(file, files[file]))).toEqual(first(file));
  });
  it('are followed again once there are fewer of them', () => {
    const analyzer = createAnalyzer(memoryHost(files), parser);
    analyzer.analyze('all.py', files['all.py']);
    expect(shown(analyzer.analyze('all.py', files['some.py'])).issues).toEqual([]);
    expect(shown(analyzer.analyze('all.py', files['all.py'])).issues).toContainEqual(SAID);
  });
  it('count what is kept and what nobody asks for again', () => {
    // Each half alone is below the bound.
    const analyzer = createAnalyzer(memoryHost(files), parser);
    const half = (from: number): string => `${HEAD}${importing(from, from + count / 4)}${MODEL('Net', `w${from}`)}`;
    for (let i = 0; i < 4; i++) expect(shown(analyzer.analyze(`part${i}.py`, half((i * count) / 4))).issues).toEqual([]);
    expect(shown(analyzer.analyze('all.py', files['all.py'])).issues).toContainEqual(SAID);
  });
  it('leave room for files: many small ones and large ones are too much as well', () => {
    const length = LIMITS.allImports / 250;
    const many = Object.fromEntries(Array.from({ length }, (_, i) => [`s${i}.py`, `w = ${i}\n`]));
    const main = `${HEAD}${Array.from({ length }, (_, i) => `import s${i}\n`).join('')}${MODEL('Net', '4')}`;
    expect(fresh({ ...many, 'main.py': main }, 'main.py').issues).toContainEqual(SAID);
  });
});

describe('modules that import one another', () => {
  it('in a circle, by name and by star, end', () => {
    const files = {
      'a.py': 'from b import *\nfrom b import B\nfrom c import *\nA = 1\n',
      'b.py': 'from a import *\nfrom a import A\nfrom c import *\nB = 2\n',
      'c.py': 'from b import *\nfrom a import *\nC = 3\n',
      'main.py': `${HEAD}from a import *\nfrom b import A as again\n${MODEL('Net', 'A + B + C')}`,
    };
    const { networks, issues } = fresh(files, 'main.py');
    expect(issues).toEqual([]);
    expect(networks).toEqual([['Net', [[], [['8', '6'].toReversed(), ['6']]]]]);
  });
  it('in a chain of thousands are followed a part of the way, which is said', () => {
    const files: Record<string, string> = { 'main.py': `${HEAD}from r0 import *\nfrom r0 import w\n${MODEL('Net', '4')}` };
    for (let i = 0; i < 3000; i++) files[`r${i}.py`] = `from r${i + 1} import *\nfrom r${i + 1} import w\n`;
    files['r3000.py'] = 'w = 5\n';
    const { networks, issues } = fresh(files, 'main.py');
    expect(networks).toHaveLength(1);
    expect(issues.filter(([, limit]) => limit)).toHaveLength(1);
  });
});

it('the top level of a file has a budget for all of its statements', () => {
  const text = `${HEAD}def f():\n    ${busy(60).replaceAll('\n', '\n    ')}return 1\n${'f()\n'.repeat(100)}${MODEL('Net', '4')}`;
  const analyzer = createAnalyzer(memoryHost({}), parser);
  const { networks, issues } = shown(analyzer.analyze('m.py', text));
  expect(networks.map(([name]) => name)).toEqual(['Net']);
  expect(issues).toContainEqual([`The step budget of ${LIMITS.steps} was used up; what follows is not analysed`, true]);
});
