/** Classes derived from built-in containers and from collections.abc; what a run sets on native classes. */
import { describe, expect, it } from 'vitest';
import { OBJECT } from '../../server/src/interpreter/builtins/types.ts';
import { nativeClass } from '../../server/src/interpreter/native.ts';
import { NO_HOOKS, runModules, show, valueAfter } from '../support/interpret.ts';

const LAZY = `from collections import OrderedDict
class Lazy(OrderedDict):
    def __getitem__(self, key):
        content = super().__getitem__(key)
        cls, kw = content if isinstance(content, tuple) else (content, {})
        return cls(**kw)
class A:
    def __init__(self, v=1): self.v = v
d = Lazy({'a': A, 'b': (A, {'v': 2})})
`;
const INTERFACE = `from collections.abc import MutableMapping
class Interface(MutableMapping):
    shared = {'eager': 1}
    def __init__(self): self.own = {}
    def __getitem__(self, key): return self.own[key] if key in self.own else self.shared[key]
    def __setitem__(self, key, value): self.own[key] = value
    def __iter__(self): return iter({**self.shared, **self.own})
    def __len__(self): return len(self.shared) + len(self.own)
i = Interface()
`;

describe('slices of a list as targets', () => {
  it.each([
    ['another length', 'x = [1, 2, 3]\nx[1:2] = [7, 8, 9]', '[1, 7, 8, 9, 3]'],
    ['before an item', 'x = [1, 2]\nx[-1:-1] = [x[-1] for _ in range(2)]', '[1, 2, 2, 2]'],
    ['at the end', 'x = [1]\nx[5:] = (2, 3)', '[1, 2, 3]'],
    ['with a step', 'x = [1, 2, 3, 4]\nx[::2] = [7, 8]', '[7, 2, 8, 4]'],
    ['deleted', 'x = [1, 2, 3]\ndel x[1:]', '[1]'],
    ['bounds that are not known', 'import nowhere\ny = [1, 2]\ny[nowhere.i:] = [3]\nx = len(y)', '?'],
    ['undone and joined', 'import nowhere\ny = [1, 2]\nif nowhere.a:\n    y[:] = [3, 2]\nx = y[1]', '2'],
  ])('%s', (_, program, expected) => expect(valueAfter(program)).toBe(expected));
});

describe('a class derived from a container', () => {
  it.each([
    ['items by its own __getitem__', `${LAZY}x = (d['a'].v, d['b'].v)`, '(1, 2)'],
    ['get goes past it', `${LAZY}x = d.get('a')`, 'A'],
    ['a default', `${LAZY}x = d.get('c', 3)`, '3'],
    ['a key that is missing', `${LAZY}x = d['c']`, '?'],
    ['keys in order', `${LAZY}d['z'] = 1\nx = list(d)`, '["a", "b", "z"]'],
    ['membership', `${LAZY}x = ('a' in d, 'c' in d, len(d))`, '(True, False, 2)'],
    ['isinstance', `${LAZY}x = (isinstance(d, dict), isinstance(d, OrderedDict), isinstance(d, list))`, '(True, True, False)'],
    ['keywords', 'class D(dict): pass\nx = D(a=1)["a"]', '1'],
    ['__missing__', 'class D(dict):\n    def __missing__(self, k): return k + "!"\nx = D()["a"]', '"a!"'],
    ['attributes by items', 'class D(dict):\n    __getattr__ = dict.__getitem__\n    n = 3\nx = D(a=1).n', '3'],
    ['deletion', 'class D(dict): pass\nd = D(a=1, b=2)\ndel d["a"]\nx = list(d.items())', '[("b", 2)]'],
    ['without a call of the base', 'class D(dict):\n    def __init__(self): self["a"] = 1\nx = D()["a"]', '1'],
    ['a list', 'class L(list): pass\na = L([1, 2])\na.append(3)\nx = (a[2], len(a), [v for v in a])', '(3, 3, [1, 2, 3])'],
    ['an open dict', 'import nowhere\nclass D(dict): pass\nx = D(nowhere.x).get("a", 1)', '?'],
  ])('%s', (_, program, expected) => expect(valueAfter(program)).toBe(expected));
});

describe('a class derived from collections.abc', () => {
  it.each([
    ['get', `${INTERFACE}x = (i.get('eager', 0), i.get('flash', 0))`, '(1, 0)'],
    [
      'keys, values, items',
      `${INTERFACE}i['b'] = 2\nx = (i.keys(), i.values(), i.items())`,
      '(["eager", "b"], [1, 2], [("eager", 1), ("b", 2)])',
    ],
    ['update', `${INTERFACE}i.update({'c': 3}, d=4)\nx = (i['c'], i['d'])`, '(3, 4)'],
    ['membership', `${INTERFACE}x = ('eager' in i, 'flash' in i)`, '(True, False)'],
    ['a dict is a mapping', 'from collections.abc import Mapping\nx = (isinstance({}, Mapping), isinstance([], Mapping))', '(True, False)'],
  ])('%s', (_, program, expected) => expect(valueAfter(program)).toBe(expected));
});

describe('what a program sets on a native class', () => {
  const layer = nativeClass('lib.Layer', [OBJECT], {});
  const hooks = { ...NO_HOOKS, owns: (p: string) => p === 'lib', external: (p: string) => (p === 'lib.Layer' ? layer : undefined) };
  const run = (text: string): string => show(runModules({ 'main.py': text }, 'main.py', hooks).scope.vars.get('x'));
  it('is seen by its instances, and by those of subclasses', () => {
    const text = 'from lib import Layer\ndef f(self): return self.v\nsetattr(Layer, "f", f)\nclass A(Layer): v = 4\nx = A().f()';
    expect(run(text)).toBe('4');
  });
  it('does not reach another program', () => {
    expect(run('from lib import Layer\nx = hasattr(Layer, "f")')).toBe('False');
    expect(layer.attrs.size).toBe(0);
  });
});
