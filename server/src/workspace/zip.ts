/**
 * One entry out of a zip archive (APPNOTE.TXT 6.3.10, §4.3), without reading the rest: `.keras` files hold a small config.json beside
 * gigabytes of weights. What is not a zip, or uses what this does not know, gives the reason.
 */

/** `length` bytes from `offset`, or fewer at the end. */
export type ReadBytes = (offset: number, length: number) => Uint8Array;

export interface ZipEntry {
  /** 0: stored, 8: deflated. */
  readonly method: number;
  readonly bytes: Uint8Array;
  /** Size of the contents. */
  readonly size: number;
}

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_LENGTH = 22;
const MAX_COMMENT = 0xffff;
const MAX_DIRECTORY = 8 * 1024 * 1024;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Offset and length of the central directory. */
const directoryOf = (read: ReadBytes, size: number): { readonly offset: number; readonly length: number } | string => {
  const from = Math.max(0, size - END_LENGTH - MAX_COMMENT);
  const tail = read(from, size - from);
  const view = viewOf(tail);
  for (let at = tail.length - END_LENGTH; at >= 0; at--) {
    if (view.getUint32(at, true) !== END) continue;
    const [length, offset] = [view.getUint32(at + 12, true), view.getUint32(at + 16, true)];
    if (offset === 0xffffffff || length > MAX_DIRECTORY) return 'an archive of a kind that is not read';
    return offset + length > size ? 'a damaged archive' : { offset, length };
  }
  return 'no zip archive';
};

/** The entry of this name, at most `limit` bytes large; a sentence where there is none. */
export const zipEntry = (read: ReadBytes, size: number, name: string, limit: number): ZipEntry | string => {
  const directory = directoryOf(read, size);
  if (typeof directory === 'string') return directory;
  const bytes = read(directory.offset, directory.length);
  const view = viewOf(bytes);
  const decoder = new TextDecoder();
  for (let at = 0; at + 46 <= bytes.length && view.getUint32(at, true) === CENTRAL; ) {
    const nameLength = view.getUint16(at + 28, true);
    const next = at + 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (decoder.decode(bytes.subarray(at + 46, at + 46 + nameLength)) === name) {
      const [method, packed, full] = [view.getUint16(at + 10, true), view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
      if (packed > limit || full > limit) return `${name} is larger than ${Math.round(limit / 1024 / 1024)} MiB`;
      return contentsAt(read, size, view.getUint32(at + 42, true), method, packed, full);
    }
    at = next;
  }
  return `no ${name} in the archive`;
};

const contentsAt = (read: ReadBytes, size: number, offset: number, method: number, packed: number, full: number): ZipEntry | string => {
  const header = read(offset, 30);
  if (header.length < 30 || viewOf(header).getUint32(0, true) !== LOCAL) return 'a damaged archive';
  const start = offset + 30 + viewOf(header).getUint16(26, true) + viewOf(header).getUint16(28, true);
  if (start + packed > size) return 'a damaged archive';
  if (method !== 0 && method !== 8) return 'an archive of a kind that is not read';
  return { method, bytes: read(start, packed), size: full };
};
