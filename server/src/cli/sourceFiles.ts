/** The files that a command is about: paths and folders walked, what is nobody's own code left out. */
import { opendirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isNotebookFile } from '../workspace/notebook.ts';

const SKIPPED_FOLDERS = new Set(['node_modules', 'site-packages', '__pycache__', 'venv', 'env', 'virtualenv', 'dist-packages']);

/** Type declarations hold no code, minified files nobody's own. */
const SOURCE = /\.(?:py|[cm]?[jt]sx?)$/;
const NOT_WRITTEN = /\.d\.[cm]?ts$|[.-](?:min|bundle)\.[cm]?js$/;

/** Saved topologies by their usual names; any other is read where it is named. */
const SAVED = /^(?:model|\w*[_-](?:model|architecture|topology)|architecture|topology)\.json$|\.keras$/i;

const isSource = (name: string): boolean => (SOURCE.test(name) && !NOT_WRITTEN.test(name)) || isNotebookFile(name) || SAVED.test(name);

/** A folder with this file in it is a virtual environment, whatever it is called. */
const VENV_MARK = 'pyvenv.cfg';

export interface Skip {
  readonly path: string;
  readonly reason: string;
}

export interface SourceFiles {
  /** As they were written or found, in the order of the arguments, then by name; each once. */
  readonly files: readonly string[];
  readonly skipped: readonly Skip[];
  /** Arguments that name nothing. */
  readonly missing: readonly string[];
}

export const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known: Readonly<Record<string, string>> = {
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    ENOENT: 'no such file',
    ELOOP: 'a link that leads to itself',
    EISDIR: 'a folder',
    EMFILE: 'too many open files',
  };
  return known[code] ?? (error instanceof Error ? error.message : String(error));
};

export const sourceFiles = (paths: readonly string[]): SourceFiles => {
  const files = new Map<string, string>();
  const skipped: Skip[] = [];
  const missing: string[] = [];
  const visited = new Set<string>();

  const real = (path: string): string | null => {
    try {
      return realpathSync(path);
    } catch (error) {
      skipped.push({ path, reason: reasonOf(error) });
      return null;
    }
  };

  const add = (path: string): void => {
    const key = real(path);
    if (key !== null && !files.has(key)) files.set(key, path);
  };

  const walk = (folder: string): void => {
    const key = real(folder);
    if (key === null || visited.has(key)) return;
    visited.add(key);
    const names: string[] = [];
    try {
      const opened = opendirSync(folder);
      try {
        for (let entry = opened.readSync(); entry; entry = opened.readSync()) names.push(entry.name);
      } finally {
        opened.closeSync();
      }
    } catch (error) {
      skipped.push({ path: folder, reason: reasonOf(error) });
      return;
    }
    if (names.includes(VENV_MARK)) return;
    for (const name of names.sort()) {
      if (name.startsWith('.')) continue;
      const path = folder === '.' ? name : join(folder, name);
      let stat: ReturnType<typeof statSync>;
      try {
        stat = statSync(path);
      } catch (error) {
        if (isSource(name)) skipped.push({ path, reason: reasonOf(error) });
        continue;
      }
      if (stat.isDirectory()) {
        if (!SKIPPED_FOLDERS.has(name)) walk(path);
      } else if (stat.isFile() && isSource(name)) add(path);
    }
  };

  for (const path of paths) {
    let stat: ReturnType<typeof statSync>;
    try {
      stat = statSync(path);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') missing.push(path);
      else skipped.push({ path, reason: reasonOf(error) });
      continue;
    }
    if (stat.isDirectory()) walk(path);
    else if (stat.isFile()) add(path);
    else skipped.push({ path, reason: 'not a regular file' });
  }
  return { files: [...files.values()], skipped, missing };
};
