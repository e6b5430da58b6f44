/** The analysis' view of the file system under Node. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nodeHost } from '../../server/src/workspace/host.node.ts';

const folder = mkdtempSync(join(tmpdir(), 'initlens-host-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

const buffers = new Map<string, string>();
const host = nodeHost({ roots: () => [folder], buffer: (file) => buffers.get(file) });

describe('nodeHost', () => {
  it('reads files, sees their changes, and lets unsaved buffers win', () => {
    writeFileSync(at('a.py'), 'one');
    expect(host.readFile(at('a.py'))).toBe('one');
    writeFileSync(at('a.py'), 'two');
    utimesSync(at('a.py'), new Date(), new Date(Date.now() + 5000));
    expect(host.readFile(at('a.py'))).toBe('two');
    buffers.set(at('a.py'), 'unsaved');
    expect(host.readFile(at('a.py'))).toBe('unsaved');
    buffers.set(at('unsaved.py'), '');
    expect(host.exists(at('unsaved.py'))).toBe(true);
  });

  it('lists folders with a slash, sorted', () => {
    mkdirSync(at('package/inner'), { recursive: true });
    writeFileSync(at('package/__init__.py'), '');
    expect(host.list(at('package'))).toEqual(['__init__.py', 'inner/']);
  });

  it('answers nothing, and throws nothing, for what is not there or cannot be read', () => {
    symlinkSync(at('loop'), at('loop'));
    writeFileSync(at('huge.py'), '');
    truncateSync(at('huge.py'), 64 * 1024 * 1024);
    for (const name of ['none.py', 'package', 'loop', 'huge.py', 'a.py/b.py', 'nul\0.py']) {
      expect(host.readFile(at(name))).toBeUndefined();
    }
    expect(host.exists(at('none.py'))).toBe(false);
    expect(host.exists(at('loop'))).toBe(false);
    expect(host.list(at('none'))).toEqual([]);
  });
});
