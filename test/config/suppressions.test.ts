/** Comments that silence rules. */
import { describe, expect, it } from 'vitest';
import { suppressionsOf } from '../../server/src/config/suppressions.ts';
import type { SourceModule } from '../../server/src/syntax/ast.ts';

/** A module with the comments that a `#` starts; the parser's own notion of a comment is tested with the parser. */
const module = (text: string): SourceModule => ({
  file: 'net.py',
  language: 'python',
  text,
  blocks: [],
  comments: [...text.matchAll(/(#|\/\/).*$/gm)].map((m) => ({ start: m.index, end: m.index + m[0].length, text: m[0] })),
  issues: [],
});

/** Lines (from 0) on which the rule is silenced. */
const silenced = (text: string, rule: string): readonly number[] => {
  const suppressions = suppressionsOf(module(text));
  let offset = 0;
  return text.split('\n').flatMap((line, i) => {
    const start = offset + (line.length - line.trimStart().length);
    offset += line.length + 1;
    return suppressions.suppresses(rule, { file: 'net.py', start, end: start + 1 }) ? [i] : [];
  });
};

describe('suppressions', () => {
  it('after code: for its line', () => expect(silenced('a\nb  # initlens: ignore[fixed-scale]\nc', 'fixed-scale')).toEqual([1]));

  it('alone on a line: for the next line of code', () => {
    expect(silenced('a\n  # initlens: ignore[fixed-scale]\n\n  # more words\n  b\nc', 'fixed-scale')).toEqual([4]);
  });

  it('only the rules it names', () => {
    const text = 'a  # initlens: ignore[one-rule, other-rule] -- both are meant';
    expect([silenced(text, 'one-rule'), silenced(text, 'other-rule'), silenced(text, 'third-rule')]).toEqual([[0], [0], []]);
  });

  it('all rules without brackets', () => {
    expect(silenced('a  # initlens: ignore', 'any')).toEqual([0]);
    expect(silenced('a  # initlens: ignore -- a reason', 'any')).toEqual([0]);
  });

  it('the whole file', () => {
    expect(silenced('a\n# initlens: ignore-file[any] -- generated\nb', 'any')).toEqual([0, 2].concat(1).sort());
    expect(silenced('a\n# initlens: ignore-file\nb', 'any')).toEqual([0, 1, 2]);
    expect(silenced('a\n# initlens: ignore-file[other]\nb', 'any')).toEqual([]);
  });

  it('keeps the reason', () => {
    const [first] = suppressionsOf(module('a  #initlens:ignore[x] -- measured, it trains')).all;
    expect(first).toMatchObject({ reason: 'measured, it trains', rules: new Set(['x']) });
  });

  it.each([
    'a  # initlens: ignored',
    'a  # initlens: ignore[any',
    'a  # initlens: ignore-all',
    'a  # say initlens: ignore',
    'a  # initlens: ignore[]',
  ])('half typed or other words silence nothing: %s', (text) => expect(silenced(text, 'any')).toEqual([]));

  it('not in another file', () => {
    const suppressions = suppressionsOf(module('a  # initlens: ignore'));
    expect(suppressions.suppresses('any', { file: 'other.py', start: 0, end: 1 })).toBe(false);
  });

  it('`//` comments and Windows line ends', () => {
    expect(silenced('a  // initlens: ignore[x]\nb', 'x')).toEqual([0]);
    expect(silenced('a  # initlens: ignore[x]\r\nb', 'x')).toEqual([0]);
  });
});
