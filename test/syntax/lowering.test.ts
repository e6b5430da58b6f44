/** Every construct of Python as a small program and the tree it gives. */
import { describe, expect, it } from 'vitest';
import { parse } from '../support/parser.ts';
import { showStmt } from './sexpr.ts';

const lower = (text: string): string =>
  parse(text)
    .blocks.map((block) => `${block.broken ? '!' : ''}${showStmt(block.statement)}`)
    .join('; ');

describe('expressions', () => {
  it.each([
    ['1_000 + 0xFF - 0b11 * 0o17', '(- (+ 1000 255) (* 3 15))'],
    ['1e-3, 1., .5, 2E+4, 1_0.5', '(tuple 0.001 1.0 0.5 20000.0 10.5)'],
    ['3j', '<imaginary number>'],
    ['True, False, None, ...', '(tuple true false null ellipsis)'],
    ['x,', '(tuple x)'],
    ['(x)', 'x'],
    ['(x,)', '(tuple x)'],
    ['()', '(tuple)'],
    ['[1, *a, {2, 3}, {**d, "k": v}]', '(list 1 *a (set 2 3) (dict **:d "k":v))'],
    ['a.b.c(1, *xs, k=2, **kw)', '(call a.b.c 1 *xs k=2 **kw)'],
    ['f(x for x in y)', '(call f (generator-comp x (for x y)))'],
    [
      'a[0], a[1, 2], a[1,], a[1:], a[::2], a[:, None]',
      '(tuple (at a 0) (at a (tuple 1 2)) (at a (tuple 1)) (at a (slice 1 - -)) (at a (slice - - 2)) (at a (tuple (slice - - -) null)))',
    ],
    ['-x ** 2', '(- (** x 2))'],
    ['not a and b or ~c', '(or (and (not a) b) (~ c))'],
    ['a @ b // c % d << 1 >> 2 & e | f ^ g', '(| (& (>> (<< (% (// (@ a b) c) d) 1) 2) e) (^ f g))'],
    ['1 < x <= 2 != y', '(compare 1 < x <= 2 != y)'],
    ['a is not None and b not in c and d is e', '(and (and (compare a is not null) (compare b not in c)) (compare d is e))'],
    ['x if a else y if b else z', '(if a x (if b y z))'],
    ['lambda x, *a, y=1, **k: x + y', '(lambda [x *a y=1:key **k] (+ x y))'],
    ['lambda: 0', '(lambda [] 0)'],
    ['[f(i) for i, j in zip(a, b) if i if j for k in i]', '(list-comp (call f i) (for (tuple i j) (call zip a b) i j) (for k i))'],
    ['{k: v for k, v in d.items()}, {x for x in y}', '(tuple (dict-comp k:v (for (tuple k v) (call d.items))) (set-comp x (for x y)))'],
    ['(n := 10)', '(:= n 10)'],
    ['await f(x)', '(await (call f x))'],
    ['print("a", file=f)', '(call print "a" file=f)'],
  ])('%s', (text, expected) => expect(lower(`${text}\n`)).toBe(expected));
});

describe('strings', () => {
  it.each([
    [String.raw`'a\n\x41\u00e9\101\q\'' "b"`, JSON.stringify("a\nAéA\\q'b")],
    [String.raw`r'\n' R"\d"`, JSON.stringify('\\n\\d')],
    ['"""one\ntwo"""', JSON.stringify('one\ntwo')],
    ['"one\\\ntwo"', JSON.stringify('onetwo')],
    ["''", '""'],
    ['u"x"', '"x"'],
    ['b"x"', '<bytes>'],
    ['f"a{x}b{{c}}{y!r}{z:>{w}}{v:.2f}"', '(f "a" {x} "b{c}" {y|!r} {z|>{w}} {v|.2f})'],
    ['f"{x=}" "t" f"{a.b[0]}"', '(f "x=" {x} "t" {a.b[0]})'.replace('a.b[0]', '(at a.b 0)')],
    ['("a"\n "b")', '"ab"'],
    ['rf"\\d{x}"', '(f "\\\\d" {x})'],
  ])('%s', (text, expected) => expect(lower(`${text}\n`)).toBe(expected));
});

describe('statements', () => {
  it.each([
    ['a = b = 1', '(= a b 1)'],
    ['a, *b = c', '(= (tuple a *b) c)'],
    ['(a, b), [c, d] = e', '(= (tuple (tuple a b) (list c d)) e)'],
    ['x: List[int] = []', '(= x :(at List int) (list))'],
    ['x: int', '(= x :int)'],
    ['x: int | None = None', '(= x :(| int null) null)'],
    ['self.a[0] += 1; b //= 2', '(+= (at self.a 0) 1); (//= b 2)'],
    ['x = yield', '(= x (yield))'],
    ['import a.b as c, d', '(import a.b as c d)'],
    ['from ..p.q import x as y, z', '(from ..p.q x as y z)'],
    ['from . import (a, b,)', '(from . a b)'],
    ['from m import *', '(from m *)'],
    ['from __future__ import annotations', '(from __future__ annotations)'],
    ['if a: b\nelif c:\n  d\nelif e: f\nelse:\n  g', '(if a {b} else {(if c {d} else {(if e {f} else {g})})})'],
    ['for i, x in enumerate(xs):\n  continue\nelse:\n  pass', '(for (tuple i x) (call enumerate xs) {continue} else {pass})'],
    ['for x in 1, 2: pass', '(for x (tuple 1 2) {pass})'],
    ['while True:\n  break', '(while true {break})'],
    ['with a() as b, c: pass', '(with (call a) as b c {pass})'],
    ['with (a() as b, c() as d):\n  pass', '(with (call a) as b (call c) as d {pass})'],
    [
      'try:\n  a\nexcept (E, F) as e:\n  b\nexcept:\n  raise\nelse:\n  c\nfinally:\n  d',
      '(try {a} except e{b} except {raise} else {c} finally {d})',
    ],
    ['global a, b', '(global a b)'],
    ['assert a, "m"', '(assert a)'],
    ['del a, b[0]', '(del a (at b 0))'],
    ['raise E(x) from e', 'raise'],
    ['print "x"', '<print statement>'],
    [
      'match x:\n  case 1 | -2: a\n  case m.X: b\n  case "s" if g: c\n  case [p, q]: d\n  case y: e\n  case _: f',
      '(match x (1|(- 2) {a}) (m.X {b}) ("s" when g {c}) (other {d}) (other {e}) (default {f}))',
    ],
    [
      '@d(1)\n@e.f\nasync def g(a, /, b: int, c=1, *args, k: str = "x", **kw) -> Tuple[int, str]:\n  return a, b',
      '(@(call d 1) @e.f async def g [a:pos b:int c=1 *args k:str="x":key **kw] -> (at Tuple (tuple int str)) {(return (tuple a b))})',
    ],
    ['def f(*, k): nonlocal z; yield k', '(gen def f [k:key] {(nonlocal z); (yield k)})'],
    ['def f():\n  def g(): yield\n  return lambda: (yield)', '(def f [] {(gen def g [] {(yield)}); (return (lambda [] (yield)))})'],
    [
      'class A(B, metaclass=M):\n  """Doc."""\n  x = 1\n  def f(self): ...',
      '(class A B metaclass=M {"Doc."; (= x 1); (def f [self] {ellipsis})})',
    ],
    ['class A: pass', '(class A {pass})'],
    ['x = (1 +\n  2)\ny = 1 + \\\n  2', '(= x (+ 1 2)); (= y (+ 1 2))'],
    ['x = foo(\na,\nb=1,\n)', '(= x (call foo a b=1))'],
  ])('%s', (text, expected) => {
    expect(lower(`${text}\n`)).toBe(expected);
    // The same without a newline at the end, and with Windows line ends.
    expect(lower(text)).toBe(expected);
    expect(lower(`${text}\n`.replaceAll('\n', '\r\n'))).toBe(expected);
  });
});

describe('spans', () => {
  const text = '# top\n\n@register\ndef f(x):\n  return nn.init.normal_(x, std=0.1)\n';
  const module = parse(text);
  const [block] = module.blocks;

  it('count from the block, whose anchor is where its first decorator starts', () => {
    expect(block?.anchor.offset).toBe(text.indexOf('@register'));
    expect(block?.statement.span.start).toBe(0);
    expect(block?.statement.span.end).toBe(text.trimEnd().length - text.indexOf('@'));
  });

  it('cover whole calls, and the name of an attribute alone', () => {
    const call = block?.statement.kind === 'function' ? block.statement.body[0] : undefined;
    if (call?.kind !== 'return' || call.value?.kind !== 'call' || call.value.callee.kind !== 'attribute') throw new Error('no call');
    const at = (span: { start: number; end: number }): string =>
      text.slice(block!.anchor.offset + span.start, block!.anchor.offset + span.end);
    expect(at(call.value.span)).toBe('nn.init.normal_(x, std=0.1)');
    expect(at(call.value.callee.nameSpan)).toBe('normal_');
    expect(at(call.value.args[1]!.span)).toBe('std=0.1');
  });
});
