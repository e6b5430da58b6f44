/** What cannot be known: both ways of a condition, loops without a known end, and the bounds that keep work finite. */
import { describe, expect, it } from 'vitest';
import { run, runModules, show, valueAfter } from '../support/interpret.ts';

describe('a condition that is not known', () => {
  it.each([
    ['the same value on both ways is known', 'def f(c):\n    if c: y = 1\n    else: y = 1\n    return y\nx = f()', '1'],
    ['different values are unknown', 'def f(c):\n    if c: y = 1\n    else: y = 2\n    return y\nx = f()', '?'],
    ['a name that one way sets keeps it', 'def f(c):\n    if c: y = 1\n    return y\nx = f()', '1'],
    ['an attribute that one way sets keeps it', 'class A: pass\ndef f(c):\n    a = A()\n    if c: a.v = 1\n    return a.v\nx = f()', '1'],
    [
      'an attribute set on both ways is joined',
      'class A: pass\ndef f(c):\n    a = A()\n    if c: a.v = 1\n    else: a.v = 2\n    return a.v\nx = f()',
      '?',
    ],
    [
      'the first way is undone before the second runs',
      'class A: pass\ndef f(c):\n    a = A()\n    a.v = 1\n    if c: a.v = 2\n    else: a.w = a.v\n    return a.w\nx = f()',
      '1',
    ],
    ['a list grown on one way is open', 'def f(c):\n    a = [1]\n    if c: a.append(2)\n    return a\nx = f()', '[1, 2, …]'],
    [
      'a list grown on both ways keeps its length',
      'def f(c):\n    a = [1]\n    if c: a.append(2)\n    else: a.append(3)\n    return a\nx = f()',
      '[1, ?]',
    ],
    ['a way that raises is not taken', 'def f(c):\n    y = 1\n    if c: raise ValueError()\n    return y\nx = f()', '1'],
    ['else raising leaves the first way', 'def f(c):\n    if c: y = 1\n    else: raise ValueError()\n    return y\nx = f()', '1'],
    ['an early return is joined with the later one', 'def f(c):\n    if c: return 1\n    return 2\nx = f()', '?'],
    [
      'a name that may be None is what else it may be where that is denied',
      'def f(c):\n    y = [1] if c else None\n    if y is None: return 1\n    return len(y)\nx = f()',
      '1',
    ],
    [
      'what is None on one way is None there',
      'def f(c):\n    y = 5 if c else None\n    z = 0\n    if not y is not None: z = y\n    else: z = None\n    return z\nx = f()',
      'None',
    ],
    ['equal returns are known', 'def f(c):\n    if c: return 1\n    return 1\nx = f()', '1'],
    [
      'nested',
      'def f(c, d):\n    y = 0\n    if c:\n        if d: y = 1\n        else: y = 1\n    else:\n        y = 1\n    return y\nx = f()',
      '1',
    ],
    ['a function of two is called both ways', 'def f(c):\n    g = (lambda: 1) if c else (lambda: 1)\n    return g()\nx = f()', '1'],
    ['what they give is joined', 'def f(c):\n    g = (lambda: 1) if c else (lambda: 2)\n    return g()\nx = f()', '?'],
    ['a function or None', 'def f(c):\n    g = (lambda: 1) if c else None\n    return g()\nx = f()', '1'],
    [
      'the one that has the attribute',
      'class A: v = 1\nclass B: w = 2\ndef f(c):\n    a = A() if c else B()\n    return (a.v, a.w)\nx = f()',
      '(1, 2)',
    ],
    [
      'an attribute of either',
      'class A: v = 1\nclass B: v = 2\ndef f(c):\n    a = A() if c else B()\n    a.v = 3\n    return a.v\nx = f()',
      '3',
    ],
    ['an attribute of one way', 'class A: pass\ndef f(c):\n    a = A()\n    if c: a.v = 1\n    return hasattr(a, "v")\nx = f()', '?'],
    ['unknown and False is False', 'def f(c): return c and False\nx = f()', 'False'],
  ])('%s', (_, program, expected) => {
    expect(valueAfter(program)).toBe(expected);
  });
});

describe('a loop that is followed once', () => {
  it.each([
    ['what it changes is unknown behind it', 'def f(c):\n    n = 8\n    for _ in c: n *= 2\n    return n\nx = f()', '?'],
    ['what it leaves alone is known', 'def f(c):\n    n = 8\n    for _ in c: m = n * 2\n    return (n, m)\nx = f()', '(8, 16)'],
    ['what it sets to what it was is known', 'def f(c):\n    n = 8\n    for _ in c: n = 8\n    return n\nx = f()', '8'],
    [
      'within it the first pass sees what was before',
      'def f(c):\n    n, m = 8, []\n    for _ in c:\n        m.append(n)\n        n *= 2\n    return m\nx = f()',
      '[8]',
    ],
    ['attributes too', 'class A: pass\ndef f(c):\n    a = A()\n    a.n = 8\n    for _ in c: a.n += 1\n    return a.n\nx = f()', '?'],
    ['while', 'def f(c):\n    n = 8\n    while c > n: n *= 2\n    return n\nx = f()', '?'],
    ['objects stay', 'class A: n = 1\ndef f(c):\n    a = None\n    for _ in c: a = A()\n    return a.n\nx = f()', '1'],
    [
      'a way that is undone takes it back',
      'def f(c, d):\n    n = 8\n    if d:\n        for _ in c: n *= 2\n        n = 8\n    return n\nx = f()',
      '8',
    ],
  ])('%s', (_, program, expected) => {
    expect(valueAfter(program)).toBe(expected);
  });
});

describe('bounds', () => {
  it('a while without an end stops and says so', () => {
    const result = run('n = 0\nwhile True:\n    n += 1\nx = 1');
    expect(show(result.scope.vars.get('x'))).toBe('1');
    expect(result.partials.join()).toMatch(/while loop is followed/);
  });
  it('loops within one another that only compute and would use up the budget are left early', () => {
    const pairs = (n: number) => `def pairs(n):
    points = [(i, j) for i in range(n) for j in range(n)]
    found, rows, last = {}, [], None
    for p in points:
        for q in points:
            offset = (abs(p[0] - q[0]), abs(p[1] - q[1]))
            if offset not in found: found[offset] = len(found)
            rows.append(found[offset])
            last = offset
    return found, rows, last
x, rows, last = pairs(${n})
n, more = len(x), len(rows)
y = 1`;
    const long = run(pairs(16));
    const after = (name: string) => show(long.scope.vars.get(name));
    expect([after('y'), after('n'), after('more')]).toEqual(['1', '?', '?']);
    expect(long.issues.map(({ message }) => message).join()).toMatch(/only computes is followed for the first 2 of 256/);
    expect(long.partials.join()).not.toMatch(/step budget/);
    const short = run(pairs(5));
    expect(show(short.scope.vars.get('n'))).toBe('25');
    expect(show(short.scope.vars.get('last'))).toBe('(0, 0)');
  });
  it('recursion without an end stops and says so', () => {
    const result = run('def f(n): return f(n + 1)\nx = f(0)');
    expect(show(result.scope.vars.get('x'))).toBe('?');
    expect(result.partials.join()).toMatch(/deep/);
  });
  it('a loop of 100,000 iterations is cut and says so', () => {
    const result = run('a = []\nfor i in range(100000):\n    a.append(i)\nx = 1');
    expect(result.partials.join()).toMatch(/followed for the first|step budget/);
    expect(show(result.scope.vars.get('x'))).toBe('1');
  });
  it('exponential branching ends', () => {
    const body = Array.from({ length: 30 }, (_, i) => `    if c${i}: f(c${i})`).join('\n');
    const result = run(`def f(${Array.from({ length: 30 }, (_, i) => `c${i}`).join(', ')}):\n${body}\n    return 1\nx = f()`);
    expect(result.scope.vars.has('x')).toBe(true);
  });
  it('deep expressions do not overflow the stack', () => {
    expect(() => run(`x = ${'('.repeat(5000)}1${')'.repeat(5000)}`)).not.toThrow();
    expect(() => run(`x = ${'1 + '.repeat(20000)}1`)).not.toThrow();
  });
});

describe('modules of the workspace', () => {
  it('relative and absolute imports, re-exports, star, cycles', () => {
    const result = runModules(
      {
        'pkg/__init__.py': 'from .a import A as Exported\nfrom . import b',
        'pkg/a.py': 'from .b import N\nclass A:\n    n = N',
        'pkg/b.py': 'from . import a\nN = 5\n__all__ = ["N"]\nHIDDEN = 1',
        'main.py': 'from pkg import Exported\nimport pkg.b as b\nfrom pkg.b import *\nx = Exported.n, b.N, N',
      },
      'main.py',
    );
    expect(show(result.scope.vars.get('x'))).toBe('(5, 5, 5)');
    expect(result.scope.vars.has('HIDDEN')).toBe(false);
  });
  it('a missing module is unknown, and the rest goes on', () => {
    expect(valueAfter('import nowhere\nfrom nowhere.deep import thing\ny = thing(1)\nx = 2')).toBe('2');
  });
});
