import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonNode, parseJson } from '../../server/src/syntax/json/parse.ts';

const plain = (node: JsonNode): unknown => {
  switch (node.kind) {
    case 'null':
      return null;
    case 'array':
      return node.items.map(plain);
    case 'object':
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]));
    default:
      return node.value;
  }
};

/** Every node's own text parses to its own value. */
const spansHold = (text: string, node: JsonNode): boolean => {
  const own = parseJson(text.slice(node.start, node.end));
  if (!('root' in own) || JSON.stringify(plain(own.root)) !== JSON.stringify(plain(node))) return false;
  const below = node.kind === 'array' ? node.items : node.kind === 'object' ? node.entries.map((e) => e.value) : [];
  return below.every((child) => spansHold(text, child));
};

describe('JSON with positions', () => {
  it('is what JSON.parse gives, each value in its place', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 1, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const parsed = parseJson(text);
        if (!('root' in parsed)) return false;
        return JSON.stringify(plain(parsed.root)) === JSON.stringify(JSON.parse(text)) && spansHold(text, parsed.root);
      }),
      { numRuns: 150 },
    );
  });

  it('reads the numbers that Python writes, a mark of byte order and escapes', () => {
    const parsed = parseJson('\ufeff {"a": [NaN, -Infinity, 1e-4, 3], "\\u00e9\\n": "\\"\\\\"}');
    expect('root' in parsed && plain(parsed.root)).toEqual({ a: [Number.NaN, -Infinity, 1e-4, 3], 'é\n': '"\\' });
  });

  it.each([
    ['', 0, 'ends early'],
    ['{"a": 1', 7, 'ends early'],
    ['{"a" 1}', 5, "':' is missing"],
    ['[1 2]', 3, "',' is missing"],
    ['{a: 1}', 1, 'a name in quotes'],
    ['"abc', 0, 'no end'],
    ['"\\x"', 1, 'escape'],
    ['"\\u12g4"', 1, 'four digits'],
    ['[1,]', 3, 'a value is missing'],
    ['{} {}', 3, 'follows the end'],
    ['nul', 0, 'a value is missing'],
    [`${'['.repeat(100_000)}`, 257, 'nested'],
  ])('says where %j goes wrong', (text, at, reason) => {
    const parsed = parseJson(text);
    expect(parsed).toMatchObject({ at });
    expect('problem' in parsed && parsed.problem).toContain(reason);
  });

  it('never throws on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0 1eE-.ntfINa\n') }), (text) => {
        parseJson(text);
      }),
      { numRuns: 500 },
    );
  });
});
