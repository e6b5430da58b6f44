import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ReadBytes, zipEntry } from '../../server/src/workspace/zip.ts';

interface Member {
  readonly name: string;
  readonly text: string;
  readonly method: 0 | 8;
}

/** A zip archive as Python's zipfile writes it, without checksums, which nobody reads here. */
const archive = (members: readonly Member[], comment = ''): Buffer => {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, text, method } of members) {
    const [raw, path] = [Buffer.from(text), Buffer.from(name)];
    const data = method === 8 ? deflateRawSync(raw) : raw;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    local.writeUInt16LE(path.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt32LE(raw.length, 24);
    entry.writeUInt16LE(path.length, 28);
    entry.writeUInt32LE(offset, 42);
    central.push(entry, path);
    parts.push(local, path, data);
    offset += 30 + path.length + data.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...parts, directory, end, Buffer.from(comment)]);
};

const reader =
  (bytes: Buffer): ReadBytes =>
  (offset, length) =>
    bytes.subarray(Math.max(0, offset), Math.max(0, offset + length));

const find = (bytes: Buffer, name = 'config.json', limit = 1000) => zipEntry(reader(bytes), bytes.length, name, limit);

const MEMBERS: readonly Member[] = [
  { name: 'metadata.json', text: '{}', method: 0 },
  { name: 'config.json', text: '{"class_name": "Sequential"}', method: 8 },
  { name: 'model.weights.h5', text: 'x'.repeat(2000), method: 0 },
];

describe('an entry of a zip archive', () => {
  it('is found by its name, packed or not, behind a comment or none', () => {
    expect(find(archive(MEMBERS), 'metadata.json')).toMatchObject({ method: 0, size: 2 });
    const packed = find(archive(MEMBERS, 'a comment'));
    expect(packed).toMatchObject({ method: 8, size: 28 });
    expect(typeof packed !== 'string' && Buffer.from(packed.bytes)).toEqual(deflateRawSync(Buffer.from(MEMBERS[1]?.text ?? '')));
  });

  it.each([
    ['a name that is not there', archive(MEMBERS), 'other', 'no other in the archive'],
    ['one that is too large', archive(MEMBERS), 'model.weights.h5', 'larger than'],
    ['no archive', Buffer.from('PK\u0003\u0004 no more'), 'config.json', 'no zip archive'],
    ['nothing', Buffer.alloc(0), 'config.json', 'no zip archive'],
    ['the end alone', archive(MEMBERS).subarray(-22), 'config.json', 'damaged'],
  ])('%s is said', (_, bytes, name, reason) => {
    expect(find(bytes, name)).toContain(reason);
  });

  it('never throws, whatever byte is wrong', () => {
    const good = archive(MEMBERS);
    for (let i = 0; i < good.length; i += 7) {
      const bad = Buffer.from(good);
      bad[i] = 0xff;
      find(bad);
      find(good.subarray(0, i));
    }
  });
});
