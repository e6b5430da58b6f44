/** Imports by Python's rules: which file a name comes from, and what it holds. One row, one program. */
import { describe, expect, it } from 'vitest';
import { runModules, show } from '../support/interpret.ts';

/** Title, files, and what `x` is after main.py ran. */
const rows: readonly (readonly [string, Record<string, string>, string])[] = [
  ['a module', { 'a.py': 'N = 1', 'main.py': 'import a\nx = a.N' }, '1'],
  ['a name of a package', { 'p/__init__.py': 'N = 1', 'main.py': 'from p import N as x' }, '1'],
  ['a submodule by its package', { 'p/__init__.py': '', 'p/a.py': 'N = 1', 'main.py': 'from p import a\nx = a.N' }, '1'],
  ['a dotted module', { 'p/__init__.py': '', 'p/q/__init__.py': '', 'p/q/a.py': 'N = 1', 'main.py': 'import p.q.a\nx = p.q.a.N' }, '1'],
  [
    'a dotted module by another name',
    { 'p/__init__.py': '', 'p/q/__init__.py': '', 'p/q/a.py': 'N = 1', 'main.py': 'import p.q.a as d\nx = d.N' },
    '1',
  ],
  [
    'relative, up one folder',
    {
      'p/__init__.py': '',
      'p/a.py': 'N = 1',
      'p/q/__init__.py': '',
      'p/q/b.py': 'from ..a import N',
      'main.py': 'from p.q.b import N as x',
    },
    '1',
  ],
  [
    'a re-export of a re-export',
    { 'p/__init__.py': 'from .q import N', 'p/q/__init__.py': 'from .a import N', 'p/q/a.py': 'N = 1', 'main.py': 'from p import N as x' },
    '1',
  ],
  [
    'two that import each other',
    { 'a.py': 'from b import M\nN = 1', 'b.py': 'import a\nM = 2\ndef f():\n    return a.N', 'main.py': 'import b\nx = b.f(), b.M' },
    '(1, 2)',
  ],
  ['the src layout', { 'src/p/__init__.py': 'N = 1', 'main.py': 'from p import N as x' }, '1'],
  ['a package before a module of its name', { 'p/__init__.py': 'N = 1', 'p.py': 'N = 2', 'main.py': 'from p import N as x' }, '1'],
  ['a package without __init__.py', { 'p/a.py': 'N = 1', 'main.py': 'from p import a\nx = a.N' }, '1'],
  ['a dotted one without __init__.py', { 'p/q/a.py': 'N = 1', 'main.py': 'import p.q.a\nx = p.q.a.N' }, '1'],
  ['relative, without __init__.py', { 'p/a.py': 'N = 1', 'p/b.py': 'from . import a\nM = a.N', 'main.py': 'from p.b import M as x' }, '1'],
  [
    'a module of a package is not what its neighbours import by the bare name',
    { 'p/__init__.py': '', 'p/a.py': 'N = 2', 'a.py': 'N = 1', 'p/b.py': 'import a\nM = a.N', 'main.py': 'from p.b import M as x' },
    '1',
  ],
  [
    'a package that imports from itself',
    { 'p/__init__.py': 'from p import a\nN = a.N', 'p/a.py': 'N = 1', 'main.py': 'from p import N as x' },
    '1',
  ],
  ['a star with __all__', { 'a.py': '__all__ = ["N"]\nN = 1\nM = 2', 'main.py': 'from a import *\nx = N, M' }, '(1, ?)'],
  ['a star without', { 'a.py': 'N = 1\n_M = 2', 'main.py': 'from a import *\nx = N, _M' }, '(1, ?)'],
  ['try, and what there is', { 'a.py': 'N = 1', 'main.py': 'try:\n    from a import N\nexcept ImportError:\n    N = 2\nx = N' }, '1'],
  [
    'a known condition',
    { 'a.py': 'N = 1', 'b.py': 'N = 2', 'main.py': 'if 1 > 2:\n    from a import N\nelse:\n    from b import N\nx = N' },
    '2',
  ],
  ['inside a function', { 'a.py': 'N = 1', 'main.py': 'def f():\n    from a import N\n    return N\nx = f()' }, '1'],
  ['import_module', { 'a.py': 'N = 1', 'main.py': 'import importlib\nx = importlib.import_module("a").N' }, '1'],
  [
    'import_module, relative',
    {
      'p/__init__.py': 'import importlib\na = importlib.import_module(".a", __package__)\nN = a.N',
      'p/a.py': 'N = 1',
      'main.py': 'from p import N as x',
    },
    '1',
  ],
  [
    'import_module, relative to a package that is named',
    {
      'p/__init__.py': '',
      'p/q/__init__.py': '',
      'p/q/a.py': 'N = 1',
      'p/q/r/__init__.py': '',
      'p/q/r/b.py': 'import importlib\nN = importlib.import_module(".a", "p.q").N + importlib.import_module("..a", package="p.q.r").N',
      'main.py': 'from p.q.r.b import N as x',
    },
    '2',
  ],
  ['what a module makes when asked', { 'a.py': 'def __getattr__(name):\n    return {"N": 1}[name]', 'main.py': 'import a\nx = a.N' }, '1'],
  ['an attribute that no module has', { 'a.py': 'N = 1', 'main.py': 'import a\nx = a.M' }, '?'],
  [
    'for type checkers',
    {
      'a.py': 'N = 1',
      'p/__init__.py': 'from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import N',
      'main.py': 'from p import N as x',
    },
    '1',
  ],
  ['sys.path, from the file', { 'lib/a.py': 'N = 1', 'main.py': 'import sys\nsys.path.append("lib")\nimport a\nx = a.N' }, '1'],
  [
    'sys.path, computed',
    {
      '/deep/lib/a.py': 'N = 1',
      '/deep/app/main.py':
        'import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))\nfrom a import N as x',
    },
    '1',
  ],
  [
    'a registry that looks the module of a function up, in the file that is looked at',
    {
      'p/__init__.py': '',
      'p/registry.py':
        'import sys\nSIZES = {}\ndef register(f):\n    SIZES[f.__name__] = sys.modules[f.__module__].sizes[f.__name__]\n    return f',
      'p/main.py': 'from .registry import SIZES, register\nsizes = {"small": 1}\n@register\ndef small(): pass\nx = SIZES["small"]',
    },
    '1',
  ],
  ['sys.path, unknown', { 'lib/a.py': 'N = 1', 'main.py': 'import sys\nsys.path.append(input())\nimport a\nx = a.N' }, '?'],
];

describe('imports', () => {
  it.each(rows)('%s', (_, files, value) => {
    const main = Object.keys(files).find((file) => file.endsWith('main.py'))!;
    expect(show(runModules(files, main).scope.vars.get('x'))).toBe(value);
  });
});

describe('fields of classes whose __init__ is not read', () => {
  const rowsOf: readonly (readonly [string, string, string])[] = [
    [
      'a dataclass made anew for its subclasses',
      'from dataclasses import dataclass\n@dataclass\nclass Base:\n    a: int = 1\n    def __init_subclass__(cls):\n        dataclass(cls)\nclass Mine(Base):\n    b: int = 2\nm = Mine(b=5)\nx = m.a, m.b',
      '(1, 5)',
    ],
    ['a base that is not known', 'from pydantic import BaseModel\nclass Mine(BaseModel):\n    b: int = 2\nm = Mine(b=5)\nx = m.b', '5'],
    ['its default', 'from pydantic import BaseModel\nclass Mine(BaseModel):\n    b: int = 2\nx = Mine().b', '2'],
  ];
  it.each(rowsOf)('%s', (_, text, value) => {
    expect(show(runModules({ 'main.py': text }).scope.vars.get('x'))).toBe(value);
  });
});
