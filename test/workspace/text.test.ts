/** Lines and columns, URIs and bytes: the edges where the editor's world meets offsets. */
import { describe, expect, it } from 'vitest';
import { decodeSource } from '../../server/src/workspace/decode.ts';
import { lineIndex } from '../../server/src/workspace/positions.ts';
import { fileKey, isShadow, keyUri } from '../../server/src/workspace/uris.ts';

describe('lineIndex', () => {
  const text = 'a\r\nbé😀\n\rlast';
  const lines = lineIndex(text);

  it('ends lines at \\n, \\r\\n and a lone \\r', () => {
    expect(lines.lineCount).toBe(4);
    expect([0, 1, 2, 3, 4].map(lines.lineText)).toEqual(['a', 'bé😀', '', 'last', '']);
  });

  it('counts columns in UTF-16 units', () => {
    expect(lines.positionAt(text.indexOf('😀'))).toEqual({ line: 1, character: 2 });
    expect(lines.positionAt(text.indexOf('last') + 4)).toEqual({ line: 3, character: 4 });
  });

  it('goes there and back for every offset that is not inside a line end', () => {
    for (let offset = 0; offset <= text.length; offset++) {
      if (text[offset] === '\n' && text[offset - 1] === '\r') continue;
      expect(lines.offsetAt(lines.positionAt(offset))).toBe(offset);
    }
  });

  it('clips what lies outside', () => {
    expect(lines.positionAt(-5)).toEqual({ line: 0, character: 0 });
    expect(lines.positionAt(1e9)).toEqual({ line: 3, character: 4 });
    expect(lines.offsetAt({ line: 0, character: 99 })).toBe(1);
    expect(lines.offsetAt({ line: 99, character: 0 })).toBe(text.length);
    expect(lineIndex('').positionAt(3)).toEqual({ line: 0, character: 0 });
  });
});

describe('fileKey', () => {
  it.each([
    ['file:///work/model.py', '/work/model.py'],
    ['file:///c%3A/Users/Me/model.py', 'c:/Users/Me/model.py'],
    ['file:///C:/Users/model.py', 'c:/Users/model.py'],
    ['file:///work/%E6%A8%A1%20%231.py', '/work/模 #1.py'],
    ['file://server/share/model.py', '//server/share/model.py'],
    ['file:///broken%ZZ.py', '/broken%ZZ.py'],
  ])('%s is %s', (uri, key) => {
    expect(fileKey(uri)).toBe(key);
  });

  it.each(['untitled:Untitled-1', 'vscode-notebook-cell:/a.ipynb#W1', 'vscode-vfs://github/o/r/m.py'])('%s is its own key', (uri) => {
    expect(fileKey(uri)).toBe(uri);
    expect(keyUri(uri)).toBe(uri);
  });

  it.each(['/work/a b#c.py', 'c:/x/y.py', '//server/share/x.py'])('%s comes back from its URI', (key) => {
    expect(fileKey(keyUri(key))).toBe(key);
  });

  it('tells old revisions from documents', () => {
    expect(isShadow('git:/work/model.py?ref=HEAD')).toBe(true);
    expect(isShadow('file:///work/git:model.py')).toBe(false);
    expect(isShadow('vscode-vfs://github/o/r/m.py')).toBe(false);
  });
});

describe('decodeSource', () => {
  it('reads UTF-8, drops its mark, and takes the rest for Latin-1', () => {
    expect(decodeSource(Buffer.from('x = "é"'))).toBe('x = "é"');
    expect(decodeSource(Buffer.from('\ufeffx'))).toBe('x');
    expect(decodeSource(Buffer.from([0x78, 0xe9]))).toBe('xé');
    expect(decodeSource(Buffer.from('\ufeffx', 'utf16le'))).toBe('x');
    expect(decodeSource(new Uint8Array())).toBe('');
  });

  it('refuses binaries', () => {
    expect(decodeSource(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1]))).toBeNull();
  });
});
