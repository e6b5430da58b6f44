// How native functions read the arguments of a call by a Python signature.
import { expect, it } from 'vitest';
import { bind } from '../../server/src/interpreter/native.ts';
import { type Args, int, NONE, unknown, type Value } from '../../server/src/interpreter/values.ts';

const call = (positional: readonly Value[], keywords: Readonly<Record<string, Value>> = {}, open = false): Args => ({
  positional,
  keywords: new Map(Object.entries(keywords)),
  open,
});

it('reads by position, by name, and what is left of both', () => {
  const self = unknown('self');
  const bound = bind('a, b=None, *rest, c=3, **kwargs', call([self, int(1), int(2), int(4)], { c: int(5), d: int(6) }), 1);
  expect(['a', 'b', 'c', 'd'].map((name) => bound.get(name))).toEqual([int(1), int(2), int(5), undefined]);
  expect(['a', 'b', 'c', 'd'].map((name) => bound.key(name))).toEqual([0, 1, 'c', undefined]);
  expect(bound.rest).toEqual([int(4)]);
  expect([...bound.extra]).toEqual([['d', int(6)]]);
});

it('takes defaults for what is not given, and nothing for certain behind a splat', () => {
  const bound = bind('a, b=None, *, c=3', call([int(1)]));
  expect([bound.get('b'), bound.has('b'), bound.get('c'), bound.has('a')]).toEqual([NONE, false, int(3), true]);
  expect(bound.rest).toEqual([]);
  expect(bind('a, b=None', call([int(1)], {}, true)).get('b')?.kind).toBe('unknown');
});

it('gives a name that stands twice to the keyword', () => {
  const bound = bind('a, b=None', call([int(1)], { a: int(2) }));
  expect([bound.get('a'), bound.key('a')]).toEqual([int(2), 'a']);
});
