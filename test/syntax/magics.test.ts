/** IPython's magics, masked: same length, same lines, and Python is left. */
import { describe, expect, it } from 'vitest';
import { maskMagics } from '../../server/src/syntax/python/magics.ts';
import { parse } from '../support/parser.ts';

/** Cell → what is left of it, blanks at the ends of lines aside. */
const rows: readonly (readonly [string, string])[] = [
  ['x = 1', 'x = 1'],
  ['%matplotlib inline\nx = 1', '\nx = 1'],
  ['!pip install -q torch\nimport torch', '\nimport torch'],
  ['!!ls', ''],
  ['!pip install a \\\n    b\nx = 1', '\n\nx = 1'],
  ['!pip install a \\\r\n    b\r\nx = 1', '\n\nx = 1'],
  ['?torch.nn', ''],
  ['net?', ''],
  ['torch.nn.Linear??\nx = 1', '\nx = 1'],
  ['  %load_ext autoreload', '  0'],
  ['if gpu:\n    !nvidia-smi\nelse:\n    %pip install x', 'if gpu:\n    0\nelse:\n    0'],
  ['files = !ls', 'files = ǃ'],
  ['a, b=%sql select 1', 'a, b=ǃ'],
  ['if gpu:\n    out = !nvidia-smi\n    n = 1', 'if gpu:\n    out = ǃ\n    n = 1'],
  ['%time net = Net()', '0;    net = Net()'],
  ['net = %time Net()', 'net =       Net()'],
  ['%timeit net(x)', ''],
  ['%%time\nnet = Net()', '\nnet = Net()'],
  ['\n%%time\nnet = Net()', '\n\nnet = Net()'],
  ['%%capture out\n%%time\n!ls\nnet = Net()', '\n\n\nnet = Net()'],
  ['%%bash\nls (\necho "', '\n\n'],
  ['%%javascript\nvar x = 1;', '\n'],
  ['%%writefile model.py\nimport torch', '\n'],
  ['%%\nx', '\n'],
  // Python that only looks like it.
  ['x = 5 % 3', 'x = 5 % 3'],
  ['x = (5\n     % 3)', 'x = (5\n     % 3)'],
  ['x = 5 \\\n % 3', 'x = 5 \\\n % 3'],
  ['x %= 3', 'x %= 3'],
  ['x != 3', 'x != 3'],
  ['ok = x != 3', 'ok = x != 3'],
  ['print("what?")', 'print("what?")'],
  ['x = 1  # why?', 'x = 1  # why?'],
  ['s = """\n!ls\n%time\nhelp?\n"""', 's = """\n!ls\n%time\nhelp?\n"""'],
  ["s = 'x = !ls'", "s = 'x = !ls'"],
  ['"%d of %d" % (a, b)', '"%d of %d" % (a, b)'],
  ['print("x = %d" % x)', 'print("x = %d" % x)'],
  ['f(a=b % c)', 'f(a=b % c)'],
  // An open bracket does not swallow what cannot lie in it.
  ['x = foo(\n!ls\ny = 1', 'x = foo(\n\ny = 1'],
];

const trimmed = (text: string): string => text.replace(/[ \r]+$/gm, '');

describe('magics', () => {
  it.each(rows)('%j', (cell, left) => {
    const masked = maskMagics(cell);
    expect(trimmed(masked)).toBe(left);
    expect(masked).toHaveLength(cell.length);
    expect([...masked.matchAll(/\n/g)].map(({ index }) => index)).toEqual([...cell.matchAll(/\n/g)].map(({ index }) => index));
  });

  it('leave statements that parse', () => {
    for (const [cell] of rows.filter(([, left]) => !left.includes('foo('))) {
      const module = parse(maskMagics(cell));
      expect(
        module.blocks.filter(({ broken }) => broken),
        cell,
      ).toEqual([]);
    }
  });

  it('what a shell gave has no name that a program could have bound', () => {
    const [block] = parse(maskMagics('n = !cat n.txt')).blocks;
    expect(block?.statement).toMatchObject({ kind: 'assign', value: { kind: 'name', id: 'ǃ' } });
  });

  it('top-level await is Python already', () => {
    const [block] = parse(maskMagics('x = await load()')).blocks;
    expect(block?.broken).toBe(false);
    expect(block?.statement.kind).toBe('assign');
  });

  it('ten thousand lines keep their length', () => {
    const cell = 'x = !ls\n%time y = f(x)\nz = "a?"\n'.repeat(10_000);
    expect(maskMagics(cell)).toHaveLength(cell.length);
  });
});
