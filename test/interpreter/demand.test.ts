/** Imported modules run on demand, and what is asked of them comes out as if they had been run from top to bottom. */
import { describe, expect, it } from 'vitest';
import { planOf } from '../../server/src/interpreter/demand.ts';
import { runModules, show } from '../support/interpret.ts';
import { parser } from '../support/parser.ts';

/** What `x` holds in a file that imports `m.py`. */
const imported = (m: string, main = 'from m import x', others: Record<string, string> = {}): string =>
  show(runModules({ 'main.py': `${main}\n`, 'm.py': m, ...others }).scope.vars.get('x'));

const plan = (text: string) => planOf(parser.parse('m.py', text).blocks);

describe('an imported name', () => {
  it.each([
    ['of an assignment', 'a = 2\nx = a + 1\n', '3'],
    ['bound twice is the last', 'x = 1\nx = 2\n', '2'],
    ['seen in between is the first', 'a = 1\nx = a\na = 2\n', '1'],
    ['seen by a function is the last', 'a = 1\ndef f():\n    return a\na = 2\nx = 5\ny = f()\n', '5'],
    ['changed by augmented assignment', 'x = [1]\nx += [2]\n', '[1, 2]'],
    ['changed in place', "x = {}\nx['a'] = 1\nx.update(b=2)\n", '{"a": 1, "b": 2}'],
    ['filled by a loop', 'x = []\nfor i in range(3):\n    x.append(i)\n', '[0, 1, 2]'],
    ['filled by a call', 'x = []\ndef fill():\n    x.append(7)\nfill()\n', '[7]'],
    [
      'filled by a decorator',
      'x = []\ndef register(f):\n    x.append(f.__name__)\n    return f\n@register\ndef one():\n    pass\n',
      '["one"]',
    ],
    ['of a known condition', 'if True:\n    x = 1\nelse:\n    x = 2\n', '1'],
    ['of a fallback', 'try:\n    import nowhere\n    x = 1\nexcept ImportError:\n    x = 2\n', '1'],
    ['of an unknown condition', 'import nowhere\nif nowhere.yes():\n    x = 1\nelse:\n    x = 1\n', '1'],
    ['of a tuple', 'a, (x, b) = 1, (2, 3)\n', '2'],
    ['deleted', 'x = 1\ndel x\n', '?'],
    ['of a chain of thousands', `a0 = 1\n${Array.from({ length: 3000 }, (_, i) => `a${i + 1} = a${i}\n`).join('')}x = a40\n`, '1'],
  ])('%s', (_, module, expected) => expect(imported(module)).toBe(expected));

  it('keeps what a condition of the module itself asked for', () => {
    const module = 'import nowhere\nlate = 4\nif nowhere.yes():\n    x = late\nelse:\n    x = late\nsys.path.append(1)\n';
    expect(imported(module)).toBe('4');
  });
});

describe('star imports of an imported module', () => {
  const others = {
    'a.py': 'from b import *\nfirst = 1\n_hidden = 2\nsame = 3\n',
    'b.py': "second = 10\n__all__ = ['second']\nthird = 30\n",
  };
  it.each([
    ['a name', 'from m import first as x', '1'],
    ['a name two stars away', 'from m import second as x', '10'],
    ['a name that __all__ leaves out', 'from m import third as x', '?'],
    ['a name with an underscore', 'from m import _hidden as x', '?'],
    ['a name that is bound again below', 'from m import same as x', '4'],
    ['all names', 'from m import *\nx = (first, second, own)', '(1, 10, 5)'],
  ])('%s', (_, main, expected) => expect(imported('from a import *\nsame = 4\nown = 5\n', main, others)).toBe(expected));
});

describe('a package that loads its parts late', () => {
  const lazy = (body: string): string =>
    `from typing import TYPE_CHECKING\nimport sys\nif TYPE_CHECKING:\n${body}else:\n    sys.modules[__name__] = Lazy(__file__)\n`;
  const others = { 'a.py': 'first = 1\nx = 2\n' };
  it.each([
    ['a name', lazy('    from a import x\n'), '2'],
    ['a name out of a star', lazy('    from a import *\n'), '2'],
    ['under a guard', lazy('    try:\n        guard()\n    except E:\n        pass\n    else:\n        from a import x\n'), '2'],
    ['a name that is bound too is what it is bound to', `${lazy('    from a import x\n')}x = 3\n`, '3'],
    ['a name that is not there', lazy('    from a import first\n'), '?'],
  ])('%s', (_, module, expected) => expect(imported(module, 'from m import x', others)).toBe(expected));
});

it('of a package with many parts those are looked at whose names begin as the name does', () => {
  const parts = Array.from({ length: 40 }, (_, i) => `part_${i}`);
  const stars = [...parts, 'speech_to_text'].map((name) => `    from ${name} import *\n`).join('');
  const module = `from typing import TYPE_CHECKING\nimport sys\nif TYPE_CHECKING:\n${stars}else:\n    sys.modules[__name__] = Lazy(__file__)\n`;
  const files = Object.fromEntries(parts.map((name) => [`${name}.py`, 'y = 1\n']));
  expect(imported(module, 'from m import Speech2Text as x', { ...files, 'speech_to_text.py': 'Speech2Text = 7\n' })).toBe('7');
});

it('a module of a package is no name that a star may give', () => {
  const front = `from typing import TYPE_CHECKING\nimport sys\nif TYPE_CHECKING:\n    from .act import *\nelse:\n    sys.modules[__name__] = Lazy(__file__)\n`;
  const files = { 'p/__init__.py': front, 'p/act.py': 'activations = 1\nlisted = 2\n', 'p/activations.py': 'x = 3\n' };
  expect(imported('', 'from p import activations\nx = activations.x', files)).toBe('3');
  expect(imported('', 'from p import listed as x', files)).toBe('2');
});

describe('a plan', () => {
  it('leaves definitions, imports and constants for later', () => {
    const { effects, stars, binders } = plan(
      '"""Doc."""\nimport os.path\nfrom .a import b as c\nfrom .d import *\n@wraps\ndef f(): pass\nclass C: pass\nX: int = 1\nX += 1\n',
    );
    expect(effects).toEqual([]);
    expect(stars).toHaveLength(1);
    expect([...binders.keys()]).toEqual(['os', 'c', 'f', 'C', 'X']);
    expect(binders.get('X')).toHaveLength(2);
  });
  it('runs what has effects without a name', () => {
    expect(plan('import sys\nsys.path.append("a")\nstart()\nfor i in y: pass\n@REG.register("n")\nclass C: pass\n').effects).toEqual([
      1, 2, 3, 4,
    ]);
  });
  it('runs nothing that is not asked for', () => {
    const run = runModules({
      'main.py': 'from m import x\n',
      'm.py': 'log = []\ndef note(v):\n    log.append(v)\n    return v\nx = note(1)\ny = note(2)\n',
    });
    const m = run.machine.modules.importModule('m', 0, 'main.py', run.machine);
    expect(m.kind === 'module' && show(m.get('log'))).toBe('[1]');
  });
  it('of an import of several names runs the one that is asked for', () => {
    const run = runModules({
      'main.py': 'from m import x\n',
      'm.py': 'from parts import x, y as z, y\n',
      'parts.py': 'log = []\ndef note(v):\n    log.append(v)\n    return v\nx = note(1)\ny = note(2)\n',
    });
    const module = (name: string) => {
      const m = run.machine.modules.importModule(name, 0, 'main.py', run.machine);
      return (of: string) => m.kind === 'module' && show(m.get(of));
    };
    expect(module('parts')('log')).toBe('[1]');
    expect([module('m')('z'), module('m')('y')]).toEqual(['2', '2']);
    expect(module('parts')('log')).toBe('[1, 2]');
  });
});
