/** What programs ask of functions, packages and contexts: inspect, functools.wraps, versions, context variables. */
import { describe, expect, it } from 'vitest';
import { NO_HOOKS, runModules, show, valueAfter } from '../support/interpret.ts';

const WRAPPED = `from functools import wraps
import inspect
def keep(fn):
    @wraps(fn)
    def wrapper(*args, **kwargs):
        return fn(*args, **kwargs)
    return wrapper
class A:
    @keep
    def forward(self, x, mask=None, *, scale: float = 2, **kw):
        y = x
        for i, (j, k) in enumerate([]):
            z = 1
        return scale
`;
const ANSWER = 'sig = inspect.signature(A.forward)\n';

describe('functions', () => {
  it.each([
    ['the name of a wrapper', `${WRAPPED}x = A.forward.__name__`, '"forward"'],
    ['a wrapper still wraps', `${WRAPPED}x = A().forward(1, scale=3)`, '3'],
    ['parameters behind a wrapper', `${WRAPPED}${ANSWER}x = list(sig.parameters)`, '["self", "x", "mask", "scale", "kw"]'],
    ['parameters of a bound method', `${WRAPPED}x = list(inspect.signature(A().forward).parameters)[0]`, '"x"'],
    ['defaults', `${WRAPPED}${ANSWER}x = (sig.parameters["mask"].default, sig.parameters["scale"].default)`, '(None, 2)'],
    ['no default', `${WRAPPED}${ANSWER}x = sig.parameters["x"].default is inspect.Parameter.empty`, 'True'],
    ['kinds', `${WRAPPED}${ANSWER}x = [p.name for p in sig.parameters.values() if p.kind == p.VAR_KEYWORD]`, '["kw"]'],
    [
      'binding of arguments',
      'import inspect\ndef f(a, b=2): pass\ns = inspect.signature(f).bind(1)\ns.apply_defaults()\nx = dict(s.arguments)',
      '{"a": 1, "b": 2}',
    ],
    [
      'names of a body',
      `${WRAPPED}x = A.forward.__wrapped__.__code__.co_varnames`,
      '("self", "x", "mask", "scale", "kw", "y", "i", "j", "k", "z")',
    ],
    ['the number of arguments', `${WRAPPED}x = A.forward.__wrapped__.__code__.co_argcount`, '3'],
    ['a function that is not read', 'import inspect, nowhere\nx = inspect.signature(nowhere.f)', '?'],
    [
      'what a value is',
      'import inspect\nclass A: pass\nx = (inspect.isclass(A), inspect.isclass(A()), inspect.isfunction(len))',
      '(True, False, False)',
    ],
  ])('%s', (_, program, expected) => expect(valueAfter(program)).toBe(expected));
});

describe('functions made of others', () => {
  it.each([
    [
      'a copy of a function',
      'import types\ndef f(a): return a + 1\ng = types.FunctionType(f.__code__, globals(), f.__name__)\nx = g(2)',
      '3',
    ],
    ['a method of an object', 'import types\nclass A:\n    n = 4\ndef f(self): return self.n\nx = types.MethodType(f, A())()', '4'],
    [
      'the type of None',
      'x = (isinstance(None, type(None)), isinstance(1, (str, type(None))), type(None) is type(None))',
      '(True, False, True)',
    ],
    [
      'the text of a built-in type',
      'x = (str(type(1)), str(type([])), str(type(None)))',
      `("<class 'int'>", "<class 'list'>", "<class 'NoneType'>")`,
    ],
    ['the text of a class', 'class A: pass\nx = str(type(A()))', `"<class '__main__.A'>"`],
  ])('%s', (_, program, expected) => expect(valueAfter(program)).toBe(expected));
});

describe('keys and names', () => {
  it.each([
    ['keys and values together', 'd = {"a": "b"}\nx = sorted(d.keys() | d.values())', '["a", "b"]'],
    ['keys that two have', 'x = list({"a": 1, "b": 2}.keys() & {"b": 3}.keys())', '["b"]'],
    ['a cycle beside a list', 'from itertools import cycle\nx = list(zip([1, 2, 3], cycle("ab")))', '[(1, "a"), (2, "b"), (3, "a")]'],
    ['a cycle of nothing known', 'from itertools import cycle\nimport nowhere\nx = list(zip([1], cycle(nowhere.a)))', '[, …]'],
    [
      'split at the last dot',
      'x = ("a.b.c".rsplit(".", 1), "a.b.c".split(".", maxsplit=1), "a".rsplit(".", 1))',
      '(["a.b", "c"], ["a", "b.c"], ["a"])',
    ],
    [
      'partition',
      'x = ("a.b.c".partition("."), "a.b.c".rpartition("."), "a".rpartition("."))',
      '(("a", ".", "b.c"), ("a.b", ".", "c"), ("", "", "a"))',
    ],
  ])('%s', (_, program, expected) => expect(valueAfter(program)).toBe(expected));
});

describe('versions', () => {
  const compare = (a: string, op: string, b: string): string =>
    valueAfter(`from packaging import version\nx = version.parse("${a}") ${op} version.parse("${b}")`);
  it.each([
    ['2.10.0', '>=', '2.9', 'True'],
    ['2.1', '==', '2.1.0', 'True'],
    ['2.1.0+cu118', '>=', '2.1', 'True'],
    ['2.1.0.dev20230101', '<', '2.1.0', 'True'],
    ['2.1rc1', '>=', '2.1', 'False'],
    ['1.13', '<', '2', 'True'],
    ['nonsense', '<', '2', '?'],
  ])('%s %s %s', (a, op, b, expected) => expect(compare(a, op, b)).toBe(expected));

  it('parts', () =>
    expect(valueAfter('from packaging.version import Version\nv = Version("2.1.3")\nx = (v.major, v.minor, v.release, str(v))')).toBe(
      '(2, 1, (2, 1, 3), "2.1.3")',
    ));

  const asked = 'import importlib.metadata as im\nx = (im.version("some_package"), im.version("torch"), im.version("other"))';
  it('of an installed distribution, by its folder; of a framework, by what its tables describe', () => {
    const files = { 'app/main.py': asked, 'app/Some.Package-1.2.3.dist-info/METADATA': '' };
    const hooks = { ...NO_HOOKS, release: (name: string) => (name === 'torch' ? '2.13.0' : undefined) };
    expect(show(runModules(files, 'app/main.py', hooks).scope.vars.get('x'))).toBe('("1.2.3", "2.13.0", ?)');
  });
});

describe('contexts', () => {
  const VARIABLE = 'from contextvars import ContextVar\nv = ContextVar("v", default=None)\n';
  it.each([
    ['the default of a variable', `${VARIABLE}x = v.get()`, 'None'],
    ['a variable that was set and reset', `${VARIABLE}t = v.set(3)\na = v.get()\nv.reset(t)\nx = (a, v.get())`, '(3, None)'],
    ['a variable that nobody set', 'from contextvars import ContextVar\nx = ContextVar("v").get()', '?'],
    ['nullcontext', 'from contextlib import nullcontext\nwith nullcontext(2) as x:\n    pass', '2'],
    ['a generator', 'from contextlib import contextmanager\n@contextmanager\ndef f():\n    yield 4\nwith f() as x:\n    pass', '4'],
    ['a stack', 'from contextlib import ExitStack, nullcontext\nwith ExitStack() as s:\n    x = s.enter_context(nullcontext(5))', '5'],
    ['a lock', 'from threading import Lock\nx = 0\nwith Lock():\n    x = 1', '1'],
  ])('%s', (_, program, expected) => expect(valueAfter(program)).toBe(expected));
});

const MAPPED = `class Base:
    names = {}
    def __setattr__(self, key, value):
        if key in super().__getattribute__("names"):
            key = super().__getattribute__("names")[key]
        super().__setattr__(key, value)
    def __getattribute__(self, key):
        if key != "names" and key in super().__getattribute__("names"):
            key = super().__getattribute__("names")[key]
        return super().__getattribute__(key)
class Config(Base):
    names = {"width": "n_embd"}
    n_embd = 8
`;

describe('attributes', () => {
  it.each([
    ['another name for one', `${MAPPED}x = Config().width`, '8'],
    ['another name for one that is set', `${MAPPED}c = Config()\nc.width = 3\nx = (c.n_embd, c.width)`, '(3, 3)'],
    ['a plain one', `${MAPPED}x = Config().n_embd`, '8'],
    ['one that is missing', `${MAPPED}x = Config().nothing`, '?'],
    [
      'a class variable is no field of a dataclass',
      'from dataclasses import dataclass\nfrom typing import ClassVar\n@dataclass\nclass A:\n    n: ClassVar[dict] = {}\n    v: int = 1\nclass B(A):\n    n = {"a": 1}\nx = (B(2).v, B(2).n)',
      '(2, {"a": 1})',
    ],
    [
      'fields with their defaults',
      'from dataclasses import dataclass, fields, field, MISSING\n@dataclass\nclass A:\n    a: int\n    b: int = 1\n    c: int = field(default=None)\nx = [f.default is MISSING or f.default for f in fields(A)]',
      '[True, 1, None]',
    ],
    [
      'None is no instance of a class that is not read',
      'from nowhere import Mask\nx = (isinstance(None, Mask), isinstance([], Mask))',
      '(False, ?)',
    ],
    ['a module that was run', 'import sys\nclass A: pass\nx = sys.modules.get(A.__module__) is None', 'False'],
    ['prefixes', 'x = ("paged|sdpa".removeprefix("paged|"), "a.py".removesuffix(".py"), "a".removesuffix(""))', '("sdpa", "a", "a")'],
  ])('%s', (_, program, expected) => expect(valueAfter(program)).toBe(expected));
});
