/** The language that model code is written in, construct by construct: the value of `x` after a small program. */
import { describe, expect, it } from 'vitest';
import { valueAfter } from '../support/interpret.ts';

const cases: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  arithmetic: [
    ['x = 2 + 3 * 4', '14'],
    ['x = 7 // 2, -7 // 2, 7 % 3, -7 % 3', '(3, -4, 1, 2)'],
    ['x = 7 / 2', '3.5'],
    ['x = 4 / 2', '2.0'],
    ['x = 2 ** 10', '1024'],
    ['x = int(64 * 1.5), float(3), round(2.5), round(3.5)', '(96, 3.0, 2, 4)'],
    ['x = 1 / 0', '?'],
    ['import math\nx = math.sqrt(16), math.prod([2, 3, 4]), math.ceil(2.1)', '(4.0, 24, 3)'],
    ['import numpy as np\nx = int(np.prod((1, 28, 28)))', '784'],
    ['x = (5 & 3, 5 | 3, 1 << 4)', '(1, 7, 16)'],
  ],
  symbols: [
    ['def f(n): return 4 * n\nx = f(*[])', '(4*n)'],
    ['def f(n): return 4 * n // n\nx = f()', '4'],
    ['def f(n): return n - n\nx = f()', '0'],
    ['def f(cfg): return cfg.hidden * 2\nx = f()', '(2*cfg.hidden)'],
    ['def f(n): return n == n\nx = f()', 'True'],
    ['def f(n): return n > 3\nx = f()', '?'],
  ],
  text: [
    ['x = f"conv{3}_{4:02d}"', '"conv3_04"'],
    ['x = "conv%d" % 3', '"conv3"'],
    ['x = "{}-{}".format("a", 1)', '"a-1"'],
    ['x = "a_b_c".split("_")', '["a", "b", "c"]'],
    ['x = ",".join(str(i) for i in range(3))', '"0,1,2"'],
    ['x = "ReLU".lower(), "relu".upper(), " a ".strip()', '("relu", "RELU", "a")'],
  ],
  containers: [
    ['x = [1, *[2, 3], 4]', '[1, 2, 3, 4]'],
    ['x = [0] * 3 + [1]', '[0, 0, 0, 1]'],
    ['a = [1]\na += [2]\na.append(3)\na.extend((4, 5))\na.insert(0, 0)\nx = a', '[0, 1, 2, 3, 4, 5]'],
    ['x = list(range(10))[2:8:2], (1, 2, 3)[-1], "abc"[1:]', '([2, 4, 6], 3, "bc")'],
    ['x = [1, 2, 3][:-1], [1, 2, 3][::-1]', '([1, 2], [3, 2, 1])'],
    ['d = {"a": 1, **{"b": 2}}\nd["c"] = 3\nx = list(d.items())', '[("a", 1), ("b", 2), ("c", 3)]'],
    ['d = dict(a=1)\nd.update(b=2)\nx = d.get("a"), d.get("z"), d.get("z", 5), "b" in d', '(1, None, 5, True)'],
    ['a, (b, *c) = 1, (2, 3, 4)\nx = a, b, c', '(1, 2, [3, 4])'],
    ['x = [(i, c) for i, c in enumerate("ab")], list(zip([1, 2], [3, 4]))', '([(0, "a"), (1, "b")], [(1, 3), (2, 4)])'],
    ['x = {k: v for k, v in [("a", 1)]}, {1, 2, 1}', '({"a": 1}, {1, 2, 1})'],
    ['x = [a * b for a in range(3) for b in range(3) if a != b]', '[0, 0, 0, 2, 0, 2]'],
    [
      'from collections import OrderedDict, namedtuple\nP = namedtuple("P", "a b")\nx = P(1, b=2).b, list(OrderedDict([("k", 1)]).values())',
      '(2, [1])',
    ],
    ['x = sorted([3, 1, 2], reverse=True), sum([1, 2, 3]), max(1, 5), any([0, 1]), all([])', '([3, 2, 1], 6, 5, True, True)'],
  ],
  control: [
    ['x = 0\nfor i in range(5):\n    if i == 1: continue\n    if i == 4: break\n    x += i', '5'],
    ['x = 0\nwhile x < 10:\n    x += 3', '12'],
    ['x = 1 if 2 > 1 else 0', '1'],
    ['x = 0\nfor i in []:\n    pass\nelse:\n    x = 7', '7'],
    ['try:\n    raise ValueError()\nexcept ValueError:\n    x = 1\nfinally:\n    y = 2', '1'],
    ['def f():\n    raise ValueError()\nx = 1\ntry:\n    f()\n    x = 2\nexcept ValueError:\n    x += 10', '11'],
    ['x = 1 < 2 < 3, 1 < 3 < 2', '(True, False)'],
    ['x = None or 5, 0 and 1, not []', '(5, 0, True)'],
    ['if (n := 4) > 3:\n    x = n', '4'],
    ['m = "gelu"\nmatch m:\n    case "relu":\n        x = 1\n    case "gelu" | "silu":\n        x = 2\n    case _:\n        x = 3', '2'],
  ],
  functions: [
    ['def f(a, b=2, *c, d=4, **e): return a, b, c, d, e\nx = f(1, 5, 6, 7, d=8, z=9)', '(1, 5, (6, 7), 8, {"z": 9})'],
    ['def f(a, b): return a - b\nx = f(*[5], **{"b": 3})', '2'],
    [
      'def outer():\n    n = 0\n    def inner():\n        nonlocal n\n        n += 1\n        return n\n    inner()\n    return inner()\nx = outer()',
      '2',
    ],
    ['n = 1\ndef f():\n    global n\n    n = 5\nf()\nx = n', '5'],
    ['x = (lambda a, b=3: a * b)(2)', '6'],
    ['from functools import partial\ndef f(a, b): return a - b\nx = partial(f, b=1)(5)', '4'],
    ['def deco(f):\n    def g(*a): return f(*a) + 1\n    return g\n@deco\ndef f(a): return a\nx = f(1)', '2'],
    ['@unknown_registry\ndef f(a): return a\nx = f(1)', '1'],
    ['def g():\n    for i in range(3):\n        yield i * i\nx = list(g())', '[0, 1, 4]'],
    ['def f(n): return 1 if n <= 1 else n * f(n - 1)\nx = f(5)', '120'],
    ['fs = [lambda: i for i in range(3)]\nx = [f() for f in fs]', '[2, 2, 2]'],
  ],
  library: [
    ['from collections import defaultdict\nd = defaultdict(list)\nd["a"].append(1)\nx = d["a"], d["b"], len(d)', '([1], [], 2)'],
    ['from collections import Counter\nc = Counter("aab")\nx = c["a"], c["z"], len(c)', '(2, 0, 2)'],
    ['from collections import deque\nd = deque([1, 2])\nd.appendleft(0)\nx = d.popleft(), d.pop(), list(d)', '(0, 2, [1])'],
    [
      'from dataclasses import dataclass, replace, asdict, fields, is_dataclass\n@dataclass\nclass C:\n    a: int = 1\n    b: str = "s"\nc = replace(C(), a=2)\nx = asdict(c), [f.name for f in fields(c)], is_dataclass(c), is_dataclass(3)',
      '({"a": 2, "b": "s"}, ["a", "b"], True, False)',
    ],
    ['from copy import deepcopy\na = {"k": [1]}\nb = deepcopy(a)\nb["k"].append(2)\nx = a, b', '({"k": [1]}, {"k": [1, 2]})'],
    ['from copy import copy\na = [[1]]\nb = copy(a)\nb[0].append(2)\nx = a', '[[1, 2]]'],
    ['from copy import deepcopy\nclass A: pass\na = A()\na.v = [1]\nb = deepcopy(a)\nb.v.append(2)\nx = a.v, b.v', '([1], [1, 2])'],
    [
      'from functools import partial\np = partial(int, base=2)\nx = p.func is int, p.keywords, isinstance(p, partial)',
      '(True, {"base": 2}, True)',
    ],
    [
      'from functools import partial\np = partial(partial(int, base=2, a=1), base=8)\nx = p.func is int, p.keywords',
      '(True, {"base": 8, "a": 1})',
    ],
    [
      'import collections.abc\nC = collections.abc\nx = isinstance([], C.Iterable), isinstance({}, C.Sequence), isinstance({}, C.Mapping), isinstance(3, C.Iterable)',
      '(True, False, True, False)',
    ],
    ['import types\nx = isinstance(lambda: 1, types.FunctionType), isinstance(int, types.FunctionType)', '(True, True)'],
    [
      'import re\nx = re.split(r"(\\d.*)", "k3"), re.match(r"(?P<n>\\w)(\\d+)", "e12").groups(), re.match("a", "b"), re.sub(r"\\d", "#", "a1b2"), bool(re.search("b", "abc"))',
      '(["k", "3", ""], ("e", "12"), None, "a#b#", True)',
    ],
    ['import re\np = re.compile(r"stage(\\d)")\nx = p.match("stage4").group(1), p.findall("stage1 stage2")', '("4", ["1", "2"])'],
    ['import re\nx = re.match(r"(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab")', '?'],
    ['import os\nx = int(os.environ.get("FUSED", "1")), os.getenv("NONE")', '(1, None)'],
    ['class A: pass\nx = A.__module__, A().__module__', '("__main__", "__main__")'],
    ['import sys\ndef f(): pass\nN = 3\nx = f.__module__, sys.modules[f.__module__].N', '("__main__", 3)'],
    ['class A:\n    def f(self): pass\nx = "f" in dir(A()), "g" in dir(A)', '(True, False)'],
    ['x = {1, 2}.union([3]), {1, 2}.difference([2]), {1, 2} - {1}, {1} | {2}, {1, 2} & {2}', '({1, 2, 3}, {1}, {2}, {1, 2}, {2})'],
  ],
  unions: [
    [
      'class A: pass\nclass B: pass\nclass C: pass\nx = [isinstance(C(), A | B), isinstance(B(), A | B), isinstance(C(), A | B | C), isinstance(A(), A | None)]',
      '[False, True, True, True]',
    ],
  ],
  enums: [
    [
      'from enum import Enum\nclass F(str, Enum):\n    A = "a"\n    B = "b"\n    def f(self): pass\nx = [F("b") == F.B, F("b") != F.A, F(F.A) is F.A, F.B == "b"]',
      '[True, True, True, True]',
    ],
    ['from enum import Enum\nclass F(Enum):\n    A = "a"\nx = F.A.value, F("z") == F.A', '("a", ?)'],
  ],
  classes: [
    ['class A:\n    n = 3\n    def __init__(self, k=2): self.k = k\n    def area(self): return self.n * self.k\nx = A(5).area()', '15'],
    ['class A:\n    def f(self): return 1\nclass B(A):\n    def f(self): return super().f() + 1\nx = B().f()', '2'],
    [
      'class A:\n    def __init__(self): self.a = 1\nclass B(A):\n    def __init__(self):\n        super(B, self).__init__()\n        self.b = self.a + 1\nx = B().b',
      '2',
    ],
    [
      'class A:\n    def go(self): return "A"\nclass B(A):\n    def go(self): return "B" + super().go()\nclass C(A):\n    def go(self): return "C" + super().go()\nclass D(B, C):\n    def go(self): return "D" + super().go()\nx = D().go()',
      '"DBCA"',
    ],
    [
      'class A:\n    @property\n    def p(self): return 3\n    @staticmethod\n    def s(a): return a\n    @classmethod\n    def make(cls): return cls()\nx = A().p, A.s(4), A.make()',
      '(3, 4, <A>)',
    ],
    ['class A:\n    def __abs__(self): return 5\nx = abs(A()), abs(-2)', '(5, 2)'],
    [
      'class A:\n    def __init__(self): self._v = 1\n    @property\n    def v(self): return self._v\n    @v.setter\n    def v(self, n): self._v = n * 2\na = A()\na.v = 5\nx = a.v',
      '10',
    ],
    [
      'class A:\n    @property\n    def v(self): return self._v\n    @v.setter\n    def v(self, n): self._v = n * 2\nclass B(A):\n    @property\n    def v(self): return self._v\n    @v.setter\n    def v(self, n): self._v = n * 3\nclass C(A):\n    pass\nb, c = B(), C()\nb.v = c.v = 5\nx = b.v, c.v',
      '(15, 10)',
    ],
    [
      'class A:\n    def __call__(self, n): return n + 1\n    def __getitem__(self, i): return i * 2\n    def __len__(self): return 9\n    def __add__(self, o): return "add"\na = A()\nx = a(1), a[4], len(a), a + 1',
      '(2, 8, 9, "add")',
    ],
    [
      'class A:\n    pass\na = A()\nsetattr(a, "layer1", 5)\nx = getattr(a, "layer1"), hasattr(a, "layer2"), getattr(a, "z", None)',
      '(5, False, None)',
    ],
    [
      'class A: pass\nclass B(A): pass\nx = isinstance(B(), A), isinstance(A(), B), isinstance(3, (int, str)), issubclass(B, A)',
      '(True, False, True, True)',
    ],
    ['class U(Unknown):\n    def f(self): return 1\nu = U()\nx = u.f(), u.g', '(1, ?)'],
    [
      'from dataclasses import dataclass, field\n@dataclass\nclass C:\n    a: int\n    b: int = 4\n    c: list = field(default_factory=list)\nc = C(3)\nx = c.a, c.b, c.c',
      '(3, 4, [])',
    ],
    ['class M:\n    def __init__(self, **kw):\n        for k, v in kw.items(): setattr(self, k, v)\nx = M(a=1).a', '1'],
  ],
};

for (const [group, rows] of Object.entries(cases))
  describe(group, () => {
    it.each(rows)('%s', (program, expected) => {
      expect(valueAfter(program)).toBe(expected);
    });
  });
