/** The analysis' {@link Host} over Node's file system: unsaved buffers win, reads are bounded, nothing throws. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { Host } from '../text/host.ts';
import { decodeSource } from './decode.ts';

/** Imported files larger than this are data, not model code. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_CACHED = 512;

export interface NodeHostOptions {
  /** Asked on every use: folders come and go. Keys, forward slashes. */
  readonly roots: () => readonly string[];
  /** Folders of installed packages that may be read. */
  readonly environment?: () => readonly string[];
  /** Text of an open document. */
  readonly buffer?: (file: string) => string | undefined;
}

interface Cached {
  readonly stamp: string;
  readonly text: string | undefined;
}

const statOf = (file: string) => {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
};

export const nodeHost = ({ roots, environment = () => [], buffer = () => undefined }: NodeHostOptions): Host => {
  const cache = new Map<string, Cached>();

  const readDisk = (file: string): string | undefined => {
    const stat = statOf(file);
    if (!stat?.isFile() || stat.size > MAX_BYTES) return undefined;
    const stamp = `${stat.mtimeMs}:${stat.size}:${stat.ino}`;
    const known = cache.get(file);
    if (known?.stamp === stamp) return known.text;
    let text: string | undefined;
    try {
      text = decodeSource(readFileSync(file)) ?? undefined;
    } catch {
      text = undefined;
    }
    if (cache.size >= MAX_CACHED) cache.delete(cache.keys().next().value!);
    cache.set(file, { stamp, text });
    return text;
  };

  return {
    readFile: (file) => buffer(file) ?? readDisk(file),
    exists: (file) => buffer(file) !== undefined || statOf(file) !== undefined,
    list: (folder) => {
      try {
        return readdirSync(folder, { withFileTypes: true })
          .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
          .sort();
      } catch {
        return [];
      }
    },
    get roots() {
      return roots();
    },
    get environment() {
      return environment();
    },
  };
};
