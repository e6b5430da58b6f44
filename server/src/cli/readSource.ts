/** Reads a file that was asked for by name: bounded, decoded, a notebook's cells as one text, an archive's configuration, or a word why not. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import type { Cell } from '../text/cells.ts';
import { isKerasArchive, kerasConfig } from '../workspace/archive.node.ts';
import { decodeSource } from '../workspace/decode.ts';
import { isNotebookFile, readNotebook } from '../workspace/notebook.ts';
import { type Places, placesOf } from '../workspace/places.ts';
import { reasonOf } from './sourceFiles.ts';

const MEBIBYTE = 1024 * 1024;
const MAX_BYTES = 32 * MEBIBYTE;
/** Notebooks carry the pictures that they drew. */
const MAX_NOTEBOOK_BYTES = 256 * MEBIBYTE;

export interface Source {
  /** What is analysed. */
  readonly text: string;
  /** As it was written, offset by offset: magics are masked in `text`. */
  readonly written: string;
  readonly cells?: readonly Cell[];
}

export type ReadSource = Source | { readonly reason: string };

export const placesIn = ({ written, cells }: Source): Places => placesOf(written, cells);

export const readSource = (path: string): ReadSource => {
  try {
    const handle = openSync(path, 'r');
    try {
      const stat = fstatSync(handle);
      if (!stat.isFile()) return { reason: 'not a regular file' };
      // Of an archive only its configuration is text.
      if (isKerasArchive(path)) {
        const config = kerasConfig(handle);
        return 'reason' in config ? config : { text: config.text, written: config.text };
      }
      const most = isNotebookFile(path) ? MAX_NOTEBOOK_BYTES : MAX_BYTES;
      if (stat.size > most) return { reason: `larger than ${most / MEBIBYTE} MiB` };
      const text = decodeSource(readFileSync(handle));
      if (text === null) return { reason: 'a binary file' };
      return isNotebookFile(path) ? readNotebook(text) : { text, written: text };
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    return { reason: reasonOf(error) };
  }
};
