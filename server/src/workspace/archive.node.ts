/** The configuration inside a `.keras` archive, read with Node. */
import { fstatSync, readSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { decodeSource } from './decode.ts';
import { zipEntry } from './zip.ts';

const CONFIG = 'config.json';
const MAX_CONFIG = 32 * 1024 * 1024;

export const isKerasArchive = (path: string): boolean => /\.keras$/i.test(path);

/** Text of the archive's config.json; the file is open. */
export const kerasConfig = (handle: number): { readonly text: string } | { readonly reason: string } => {
  const { size } = fstatSync(handle);
  const read = (offset: number, length: number): Uint8Array => {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
    return bytes.subarray(0, bytes.length === 0 ? 0 : readSync(handle, bytes, 0, bytes.length, offset));
  };
  const entry = zipEntry(read, size, CONFIG, MAX_CONFIG);
  if (typeof entry === 'string') return { reason: entry };
  try {
    const bytes = entry.method === 0 ? entry.bytes : inflateRawSync(entry.bytes, { maxOutputLength: MAX_CONFIG });
    const text = decodeSource(bytes);
    return text === null ? { reason: `${CONFIG} is no text` } : { text };
  } catch {
    return { reason: `${CONFIG} cannot be unpacked` };
  }
};
