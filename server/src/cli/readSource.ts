/** Reads a file that was asked for by name: bounded, decoded, or a word why not. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { decodeSource } from '../workspace/decode.ts';
import { reasonOf } from './sourceFiles.ts';

const MAX_BYTES = 32 * 1024 * 1024;

export type ReadSource = { readonly text: string } | { readonly reason: string };

export const readSource = (path: string): ReadSource => {
  try {
    const handle = openSync(path, 'r');
    try {
      const stat = fstatSync(handle);
      if (!stat.isFile()) return { reason: 'not a regular file' };
      if (stat.size > MAX_BYTES) return { reason: `larger than ${MAX_BYTES / 1024 / 1024} MiB` };
      const text = decodeSource(readFileSync(handle));
      return text === null ? { reason: 'a binary file' } : { text };
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    return { reason: reasonOf(error) };
  }
};
