/** `initlens inspect`: what the analysis believes, as JSON. */
import type { Analyzer } from '../analyze.ts';
import { type FileInspection, inspectFile } from '../workspace/inspection.ts';
import { lineIndex } from '../workspace/positions.ts';
import type { InspectArguments } from './arguments.ts';
import type { ExitCode, Io } from './io.ts';
import { keyOf, shownAs } from './paths.ts';
import { readSource } from './readSource.ts';

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
    const own = lineIndex(read.text);
    await analyzer.ready(key, read.text);
    const analysis = analyzer.analyze(key, read.text, options);
    if (options.className !== undefined && analysis.networks.length === 0) {
      io.log(`initlens: ${path}: no network was built from class '${options.className}'`);
    }
    const positions = (file: string) => {
      if (file === key) return own;
      const other = readSource(file);
      return 'text' in other ? lineIndex(other.text) : null;
    };
    inspected.push(relativeFiles(inspectFile(key, analysis, positions), io));
  }
  io.out(`${JSON.stringify({ version: 1, files: inspected }, null, 2)}\n`);
  return failed ? 2 : 0;
};
