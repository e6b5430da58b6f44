/** `initlens inspect`: what the analysis believes, as JSON. */
import type { Analyzer } from '../analyze.ts';
import { type FileInspection, inspectFile, lineLocator } from '../workspace/inspection.ts';
import type { Places } from '../workspace/places.ts';
import type { InspectArguments } from './arguments.ts';
import type { ExitCode, Io } from './io.ts';
import { keyOf, shownAs } from './paths.ts';
import { placesIn, readSource } from './readSource.ts';

/** Keys of files become relative paths, wherever they stand. */
const relativeFiles = <T>(x: T, io: Io): T => {
  if (typeof x !== 'object' || x === null) return x;
  if (Array.isArray(x)) return x.map((item) => relativeFiles(item, io)) as T;
  const entries = Object.entries(x).map(([key, value]) => [
    key,
    key === 'file' && typeof value === 'string' ? shownAs(value, io.cwd) : relativeFiles(value, io),
  ]);
  return Object.fromEntries(entries) as T;
};

export const inspect = async (args: InspectArguments, analyzer: Analyzer, io: Io): Promise<ExitCode> => {
  const { files, ...options } = args;
  const inspected: FileInspection[] = [];
  let failed = false;
  for (const path of files) {
    const read = readSource(path);
    if ('reason' in read) {
      io.log(`initlens: cannot read ${path}: ${read.reason}`);
      failed = true;
      continue;
    }
    const key = keyOf(path, io.cwd);
    const own = placesIn(read);
    await analyzer.ready(key, read.text);
    const analysis = analyzer.analyze(key, read.text, { ...options, ...(read.cells ? { cells: read.cells } : {}) });
    if (options.className !== undefined && analysis.networks.length === 0) {
      io.log(`initlens: ${path}: no network was built from class '${options.className}'`);
    }
    const others = new Map<string, Places | null>([[key, own]]);
    const places = (file: string): Places | null => {
      if (!others.has(file)) {
        const other = readSource(file);
        others.set(file, 'text' in other ? placesIn(other) : null);
      }
      return others.get(file) ?? null;
    };
    inspected.push(relativeFiles(inspectFile(key, analysis, lineLocator(places)), io));
  }
  io.out(`${JSON.stringify({ version: 1, files: inspected }, null, 2)}\n`);
  return failed ? 2 : 0;
};
