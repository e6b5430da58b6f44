/** JavaScript's rules: one small program a row, and what a name holds after it. */
import { describe, expect, it } from 'vitest';
import { runModules, show } from '../support/interpret.ts';
import '../support/javascript.ts';

const after = (text: string, name = 'x'): string => show(runModules({ 'main.js': text }, 'main.js').scope.vars.get(name));

const table = (rows: readonly (readonly [string, string])[]): void => {
  it.each(rows)('%s', (text, expected) => expect(after(text)).toBe(expected));
};

describe('operators', () => {
  table([
    ['const x = 7 / 2', '3.5'],
    ['const x = [4 / 2, -7 % 3, 2 ** 10, 7 | 0, 3.7 | 0, ~~3.7, 1 << 4]', '[2, -1, 1024, 7, 3, 3, 16]'],
    ["const x = ['a' + 1, 1 + 'a', 1.0 + '', true + '', null + 'x']", '["a1", "1a", "1", "true", "nullx"]'],
    ['const x = [[] ? 1 : 2, {} ? 1 : 2, 0 ? 1 : 2, "" ? 1 : 2, null ? 1 : 2]', '[1, 1, 2, 2, 2]'],
    ["const x = [null == undefined, null === undefined, 1 == '1', 1 === '1', [] === []]", '[True, False, True, False, False]'],
    ['const x = [0 || 3, 0 ?? 3, null ?? 4, undefined ?? 5, 2 && 6, "" && 7]', '[3, 0, 4, 5, 6, ""]'],
    [
      "const x = [typeof 1, typeof '', typeof undefined, typeof null, typeof (() => 1), typeof {}]",
      '["number", "string", "undefined", "object", "function", "object"]',
    ],
    ['const n = 3; const x = `a$' + '{n}b$' + '{n / 2}`', '"a3b1.5"'],
    ['let x = 1; x += 2; x *= 3; x **= 2; x ??= 5', '81'],
    ['let i = 1; const x = [i++, i, ++i, i--, i]', '[1, 2, 3, 3, 2]'],
    ['const o = {a: {b: [1]}}; const x = [o?.a?.b?.[0], o.c?.d, o.f?.()]', '[1, None, None]'],
    ["const x = ['a' in {a: 1}, 'b' in {a: 1}]", '[True, False]'],
    ['const x = -(-3)', '3'],
  ]);
});

describe('names and scopes', () => {
  table([
    ['let x = 1; { let x = 2; }', '1'],
    ['let x = 1; { x = 2; }', '2'],
    ['if (true) { var x = 3; }', '3'],
    ['const x = f(); function f() { return g() } function g() { return 4 }', '4'],
    ['let x = 0; function f() { x = 5 } f()', '5'],
    ['const fs = []; for (const i of [1, 2]) fs.push(() => i); const x = fs.map(f => f())', '[1, 2]'],
    ['const make = n => () => n; const x = make(6)()', '6'],
    ['let x = 0; for (let i = 0; i < 4; i++) { if (i === 1) continue; x += i }', '5'],
    ['let x = 0; for (let i = 0; ; i++) { if (i > 3) break; x = i }', '3'],
    ['let x = 0; do { x++ } while (x < 3)', '3'],
    ["let x = ''; for (const k in {a: 1, b: 2}) x += k", '"ab"'],
    ['const x = []; for (const [k, v] of Object.entries({a: 1, b: 2})) x.push(k + v)', '["a1", "b2"]'],
    ["let x; switch (3) { case 1: x = 'a'; break; case 3: x = 'b'; case 4: x += 'c'; break; default: x = 'd' }", '"bc"'],
    ["let x = 0; for (const k of ['a', 'b', 'c']) { switch (k) { case 'b': continue; case 'c': x += 10; break } x++ }", '12'],
    ['let x = 1; try { throw new Error() } catch (e) { x = 2 } finally { x += 10 }', '12'],
  ]);
});

describe('functions', () => {
  table([
    ['const x = (function (a, b = a + 1, ...c) { return [a, b, c] })(1, undefined, 3, 4)', '[1, 2, [3, 4]]'],
    [
      'const f = ({a, b: {c = 3} = {}, ...r}, [d, , e = 5] = []) => [a, c, r, d, e]; const x = f({a: 1, z: 2}, [4, 0])',
      '[1, 3, {"z": 2}, 4, 5]',
    ],
    ['const f = (a, b) => b; const x = f(1)', 'None'],
    [
      'const o = {n: 2, f() { return this.n }, g: function () { return this.n * 2 }, h: () => 1, get k() { return this.n + 1 }}; const x = [o.f(), o.g(), o.h(), o.k]',
      '[2, 4, 1, 3]',
    ],
    ['function f() { return this.n } const x = [f.call({n: 1}), f.apply({n: 2}, []), f.bind({n: 3})()]', '[1, 2, 3]'],
    ['const o = {n: 7, f() { return [1].map(() => this.n)[0] }}; const x = o.f()', '7'],
    ['async function f() { return 3 } const x = await f()', '3'],
    ['const x = []; (async () => 4)().then(v => x.push(v)).catch(() => 0)', '[4]'],
    ['const x = Math.max(...[1, 5], 3)', '5'],
    ['const [a, ...b] = [1, 2, 3]; const {c, ...d} = {c: 4, e: 5}; const x = [a, b, c, d]', '[1, [2, 3], 4, {"e": 5}]'],
    ['let a = 1, b = 2; [a, b] = [b, a]; const x = [a, b]', '[2, 1]'],
    ["const k = 'q'; const x = {[k + 1]: 1, k, ...{z: 3}}", '{"q1": 1, "k": "q", "z": 3}'],
    ['const {q: [x]} = {q: [9]}', '9'],
  ]);
});

describe('classes', () => {
  table([
    [
      'class A { constructor(n) { this.n = n } get m() { return this.n * 2 } static make() { return new this(4) } } const x = [new A(3).m, A.make().n]',
      '[6, 4]',
    ],
    [
      'class A { a = 1; constructor() { this.b = this.a + 1 } } class B extends A { c = this.b + 1; f() { return [this.a, this.b, this.c] } } const x = new B().f()',
      '[1, 2, 3]',
    ],
    [
      'class A { f() { return 1 } } class B extends A { f() { return super.f() + 1 } } class C extends B { f() { return [1].map(() => super.f())[0] } } const x = new C().f()',
      '2',
    ],
    [
      'class A { constructor({n = 2} = {}) { this.n = n } } class B extends A { constructor(...args) { super(...args); this.m = 1 } } const x = [new B().n, new B({n: 3}).n]',
      '[2, 3]',
    ],
    ['class A { set n(v) { this._n = v + 1 } } const a = new A(); a.n = 3; const x = a._n', '4'],
    ['class A { static K = {a: 1}; f() { return A.K.a } } const x = [new A().f(), new A() instanceof A, new A().zzz]', '[1, True, None]'],
    ['class A { go = () => this.n; n = 5 } const {go} = new A(); const x = go()', '5'],
  ]);
});

describe('arrays and objects', () => {
  table([
    ['const x = Array.from({length: 3}, (_, i) => i * 2)', '[0, 2, 4]'],
    ['const x = [...Array(2).keys()]', '[0, 1]'],
    ['const x = new Array(3).fill(0).map((_, i) => i)', '[0, 1, 2]'],
    ['const x = [1, 2, 3, 4].filter(n => n % 2).concat([9], 8).slice(1)', '[3, 9, 8]'],
    ['const x = [[1], [2, [3]]].flat()', '[1, 2, [3]]'],
    ['const x = [1, 2, 3].reduce((a, b) => a + b, 10)', '16'],
    [
      'const x = [[1, 2].includes(2), [1, 2].indexOf(5), [1, 2].find(n => n > 1), [1, 2].some(n => n > 5), [].every(n => 0)]',
      '[True, -1, 2, False, True]',
    ],
    ['const x = [3]; x.push(4, 5); x.unshift(1); x.splice(1, 1); x.pop()', '[1, 4]'],
    ['const x = [Object.keys({a: 1}), Object.assign({a: 1}, {b: 2})]', '[["a"], {"a": 1, "b": 2}]'],
    [
      "const x = ['a,b'.split(','), 'abc'.slice(1), 'A'.toLowerCase(), 'x'.repeat(2), [1, 2].join('-')]",
      '[["a", "b"], "bc", "a", "xx", "1-2"]',
    ],
    ['const o = {}; o.a = 1; o["b"] = 2; o.c = [0]; o.c[0] = 3; const x = o', '{"a": 1, "b": 2, "c": [3]}'],
    ['const x = [1, 2].length + "abc".length', '5'],
    ['const x = [Math.floor(7 / 2), Math.sqrt(16), Math.pow(2, 3), Math.round(2.5), parseInt("12px", 10)]', '[3, 4, 8, 3, 12]'],
  ]);
});

describe('what is not known', () => {
  table([
    ['let x = 1; if (foo()) x = 2', '?'],
    ['let x = 1; if (foo()) { x = 2 } else { x = 2 }', '2'],
    ['let x = [1]; if (foo()) x.push(2)', '[1, 2, …]'],
    ['const x = foo() && false', 'False'],
    ['const {units} = await load(); const x = units', '?units'],
    ['let x = 1; document.addEventListener("load", () => { x = 2 })', '?'],
    ['function f(n) { if (n > 3) return 1; return 2 } const x = f(foo())', '?'],
    ['const x = foo().bar', '?'],
    ['let x = 0; for (const y of foo()) x = 1', '?'],
  ]);
});

describe('modules', () => {
  const value = (files: Record<string, string>): string => show(runModules(files, 'a/main.js').scope.vars.get('x'));

  it.each([
    [
      {
        'a/main.js': "import {n, m as k} from './lib.js'; const x = [n, k]",
        'a/lib.js': 'export const n = 1; const q = 2; export {q as m}',
      },
      '[1, 2]',
    ],
    [
      {
        'a/main.js': "import d, * as all from '../b'; const x = [d(), all.n]",
        'b/index.ts': 'export default function () { return 3 }\nexport const n: number = 4',
      },
      '[3, 4]',
    ],
    [
      {
        'a/main.js': "import {f} from './lib.js'; const x = f()",
        'a/lib.ts': "import {n} from './deep'\nexport function f() { return n }",
        'a/deep.ts': 'export let n = 5',
      },
      '5',
    ],
    [
      {
        'a/main.js': "const {n} = require('./lib'); const all = require('./all'); const x = [n, all(2)]",
        'a/lib.js': 'exports.n = 6',
        'a/all.js': 'module.exports = k => k * 2',
      },
      '[6, 4]',
    ],
    [
      {
        'a/main.js': "import {n, k} from './lib'; const x = [n, k]",
        'a/lib.js': "export * from './one'; export {z as k} from './one'",
        'a/one.js': 'export const n = 7, z = 8',
      },
      '[7, 8]',
    ],
    [
      {
        'a/main.js': "import C from './lib.cjs'; const x = new C().n",
        'a/lib.cjs': 'class C { constructor() { this.n = 9 } }\nmodule.exports = C',
      },
      '9',
    ],
    [{ 'a/main.js': "import {n} from 'nowhere'; const x = n", 'b.js': '' }, '?'],
    [{ 'a/main.js': "import {a} from './lib'; const x = a", 'a/lib.js': "import {x} from './main'; export const a = x" }, '?'],
    [{ 'a/main.ts': '', 'a/main.js': "import {E} from './lib'; const x = [E.A, E.B]", 'a/lib.ts': 'export enum E { A, B = 5 }' }, '[0, 5]'],
  ] as const)('%j', (files, expected) => expect(value(files)).toBe(expected));
});

describe('bounds', () => {
  it.each([
    'for (;;) {}',
    'function f() { f() } f()',
    'let i = 0; while (i >= 0) i++',
    'const a = []; a.push(a); [a].flat(Infinity); a.join()',
    'class A extends A {} new A()',
    'const o = {get a() { return this.a }}; o.a',
    'const f = () => ({...f()}); f()',
  ])('%s', (text) => expect(() => after(text)).not.toThrow());
});

describe('loops that are followed once', () => {
  table([
    ['function f(c) { let n = 8; for (const _ of c) { n *= 2; } return n; } const x = f()', '?'],
    ['function f(c) { let n = 8; for (let i = 0; i < c; i++) n += i + 1; return n; } const x = f()', '?'],
    ['function f(c) { let n = 8; while (c > n) { const m = n; } return n; } const x = f()', '8'],
  ]);
});
