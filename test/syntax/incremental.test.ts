/** A later version of a file: the same objects for what did not change, the same tree as from scratch, no memory left behind. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resolve } from '../../server/src/text/span.ts';
import { parse } from '../support/parser.ts';
import { showStmt } from './sexpr.ts';

const text = readFileSync(new URL('./half_typed/classifier.py', import.meta.url), 'utf8');

const edit = (from: string, to: string): string => {
  expect(text).toContain(from);
  return text.replace(from, to);
};

describe('an edit', () => {
  it('keeps the objects of all other blocks and moves their anchors', () => {
    const before = parse(text);
    const edited = edit('self.bn1 = norm(out_planes)', 'self.bn1 = norm(out_planes, eps=1e-3)');
    const after = parse(edited, before);
    expect(after.blocks.length).toBe(before.blocks.length);
    const changed = after.blocks.filter((block, i) => block !== before.blocks[i]);
    expect(changed.map(({ statement }) => statement.kind === 'class' && statement.name)).toEqual(['Block']);
    for (const { statement } of after.blocks) {
      if (statement.kind !== 'class' && statement.kind !== 'function') continue;
      const { start, end } = resolve(statement.nameSpan);
      expect(edited.slice(start, end)).toBe(statement.name);
    }
  });

  it('in a comment between blocks changes no block', () => {
    const before = parse(`# one\n${text}`);
    const after = parse(`# one and two\n${text}`, before);
    expect(after.blocks.every((block, i) => block === before.blocks[i])).toBe(true);
    expect(after.comments[0]).toEqual({ start: 0, end: 13, text: '# one and two' });
  });

  it('that swaps two blocks keeps both', () => {
    const one = 'def a():\n  pass\n\n';
    const two = 'def b():\n  return 1\n\n';
    const before = parse(`x = 1\n${one}${two}y = 2\n`);
    const after = parse(`x = 1\n${two}${one}y = 2\n`, before);
    expect(after.blocks).toEqual([before.blocks[0], before.blocks[2], before.blocks[1], before.blocks[3]]);
    expect(new Set([...after.blocks, ...before.blocks]).size).toBe(4);
  });

  it('gives equal texts distinct blocks', () => {
    const before = parse('layer()\nlayer()\n');
    const after = parse('layer()\nlayer()\nlayer()\n', before);
    expect(new Set(after.blocks).size).toBe(3);
    expect(after.blocks.map((block) => block.anchor.offset)).toEqual([0, 8, 16]);
  });

  it('of another file reuses nothing', () => {
    const before = parse('x = 1\n');
    const module = parse('x = 1\n', { ...before, file: 'other.py' });
    expect(module.blocks[0]).not.toBe(before.blocks[0]);
  });
});

it('10,000 edits leave no memory behind', () => {
  const start = text.indexOf('self.bn2');
  let module = parse(text);
  const wasm = (): number => process.memoryUsage().external + process.memoryUsage().arrayBuffers;
  const step = (count: number): void => {
    for (let i = 0; i < count; i++)
      module = parse(`${text.slice(0, start)}${'x'.repeat(i % 7)}${i % 2 ? '(' : ''}${text.slice(start)}`, module);
  };
  step(1000);
  const before = wasm();
  step(9000);
  expect(wasm() - before).toBeLessThan(1_000_000);
  module = parse(text, module);
  expect(module.blocks.map((block) => showStmt(block.statement))).toEqual(parse(text).blocks.map((block) => showStmt(block.statement)));
}, 120_000);
