/** `initlens check`: analyses files and folders and reports the findings, each once, in the format asked for. */
import type { Analysis, Analyzer } from '../analyze.ts';
import type { Finding } from '../rules/rule.ts';
import { resolve } from '../text/span.ts';
import { type Places, placeEdit } from '../workspace/places.ts';
import { atLeast } from '../workspace/severity.ts';
import type { CheckArguments, Format } from './arguments.ts';
import { formatConcise } from './formatConcise.ts';
import { formatFull, summary } from './formatFull.ts';
import { formatJson } from './formatJson.ts';
import type { ExitCode, Io } from './io.ts';
import { keyOf, shownAs } from './paths.ts';
import { placesIn, readSource, type Source } from './readSource.ts';
import { addressOf, type Report, type ReportedFinding } from './report.ts';
import { type Skip, sourceFiles } from './sourceFiles.ts';

const FORMAT: Readonly<Record<Format, (report: Report, io: Io) => void>> = {
  full: (report, io) => io.out(formatFull(report, io.color)),
  concise: (report, io) => {
    io.out(formatConcise(report));
    io.log(summary(report));
  },
  json: (report, io) => io.out(formatJson(report)),
};

/** Places in files by key, made when a finding asks: those that are checked, and others that findings lie in or speak of. */
const placeCache = (io: Io) => {
  const known = new Map<string, Places>();
  const read = (key: string): Source => {
    const source = readSource(keyOf(key, io.cwd));
    return 'text' in source ? source : { text: '', written: '' };
  };
  return {
    get: (key: string, source?: Source): Places => {
      const found = known.get(key);
      if (found) return found;
      const made = placesIn(source ?? read(key));
      known.set(key, made);
      return made;
    },
  };
};

type PlaceCache = ReturnType<typeof placeCache>;

const reported = (finding: Finding, analysis: Analysis, analyzer: Analyzer, places: PlaceCache, io: Io): ReportedFinding => {
  const { file, start, end } = resolve(finding.span);
  return {
    finding,
    file: shownAs(file, io.cwd),
    place: places.get(file).at(start, end),
    related: finding.related.map(({ span, message }) => {
      const range = resolve(span);
      return { at: addressOf(shownAs(range.file, io.cwd), places.get(range.file).at(range.start)), message };
    }),
    fixes: () =>
      analyzer.fixes(analysis, finding).map(({ title, safe, edits }) => ({
        title,
        safe,
        edits: edits.map((edit) => {
          const { cell, start, end, text } = placeEdit(places.get(edit.file), edit.start, edit.end, edit.text);
          return { file: shownAs(edit.file, io.cwd), ...(cell === null ? {} : { cell }), start, end, text };
        }),
      })),
  };
};

export const check = async (args: CheckArguments, analyzer: Analyzer, io: Io): Promise<ExitCode> => {
  const { files, skipped, missing } = sourceFiles(args.paths);
  const skips: Skip[] = [...skipped];
  const places = placeCache(io);
  const findings = new Map<string, ReportedFinding>();
  const limited: Report['limited'][number][] = [];
  let networks = 0;
  let analysed = 0;
  for (const path of files) {
    const read = readSource(path);
    if ('reason' in read) {
      skips.push({ path, reason: read.reason });
      continue;
    }
    const key = keyOf(path, io.cwd);
    await analyzer.ready(key, read.text);
    const analysis = analyzer.analyze(key, read.text, read.cells ? { cells: read.cells } : {});
    if (analysis.unread !== undefined) {
      skips.push({ path, reason: analysis.unread });
      continue;
    }
    analysed++;
    networks += analysis.networks.length;
    for (const { message } of analysis.issues.filter((issue) => issue.message.startsWith('internal error'))) io.log(`${path}: ${message}`);
    const messages = [...new Set(analysis.issues.flatMap(({ message, limit }) => (limit ? [message] : [])))];
    if (messages.length > 0) limited.push({ path: shownAs(key, io.cwd), messages });
    if (analysis.findings.length > 0) places.get(key, read);
    for (const finding of analysis.findings) {
      if (!atLeast(finding.severity, args.severity)) continue;
      const one = reported(finding, analysis, analyzer, places, io);
      // An initializer in an imported file is found again by every file that builds that network.
      const { start, end } = resolve(finding.span);
      const identity = `${one.file}:${start}:${end}:${finding.rule}`;
      if (!findings.has(identity)) findings.set(identity, one);
    }
  }
  const shown = [...findings.values()];
  for (const { path, reason } of skips) io.log(`skipped ${path}: ${reason}`);
  for (const { path, messages } of limited) for (const message of messages) io.log(`not all of ${path}: ${message}`);
  for (const path of missing) io.log(`initlens: no such file or folder: ${path}`);
  FORMAT[args.format]({ findings: shown, files: analysed, networks, skipped: skips, limited }, io);
  if (missing.length > 0) return 2;
  return shown.some(({ finding }) => atLeast(finding.severity, args.failOn)) ? 1 : 0;
};
