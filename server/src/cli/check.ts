/** `initlens check`: analyses files and folders and reports the findings, each once, in the format asked for. */
import type { Analysis, Analyzer } from '../analyze.ts';
import type { Finding } from '../rules/rule.ts';
import { resolve } from '../text/span.ts';
import { type LineIndex, lineIndex } from '../workspace/positions.ts';
import { atLeast } from '../workspace/severity.ts';
import type { CheckArguments, Format } from './arguments.ts';
import { formatConcise } from './formatConcise.ts';
import { formatFull, summary } from './formatFull.ts';
import { formatJson } from './formatJson.ts';
import type { ExitCode, Io } from './io.ts';
import { keyOf, shownAs } from './paths.ts';
import { readSource } from './readSource.ts';
import type { Report, ReportedFinding } from './report.ts';
import { type Skip, sourceFiles } from './sourceFiles.ts';

const FORMAT: Readonly<Record<Format, (report: Report, io: Io) => void>> = {
  full: (report, io) => io.out(formatFull(report, io.color)),
  concise: (report, io) => {
    io.out(formatConcise(report));
    io.log(summary(report));
  },
  json: (report, io) => io.out(formatJson(report)),
};

/** Positions of files by key, made when a finding asks: those that are checked, and others that findings lie in or speak of. */
const lineCache = (io: Io) => {
  const known = new Map<string, LineIndex>();
  const read = (key: string): string => {
    const source = readSource(keyOf(key, io.cwd));
    return 'text' in source ? source.text : '';
  };
  return {
    get: (key: string, text?: string): LineIndex => {
      const found = known.get(key);
      if (found) return found;
      const made = lineIndex(text ?? read(key));
      known.set(key, made);
      return made;
    },
  };
};

type Lines = ReturnType<typeof lineCache>;

const reported = (finding: Finding, analysis: Analysis, analyzer: Analyzer, lines: Lines, io: Io): ReportedFinding => {
  const { file, start, end } = resolve(finding.span);
  return {
    finding,
    file: shownAs(file, io.cwd),
    start,
    end,
    lines: lines.get(file),
    related: finding.related.map(({ span, message }) => {
      const range = resolve(span);
      const { line, character } = lines.get(range.file).positionAt(range.start);
      return { file: shownAs(range.file, io.cwd), line: line + 1, column: character + 1, message };
    }),
    fixes: () =>
      analyzer.fixes(analysis, finding).map((fix) => ({
        ...fix,
        edits: fix.edits.map((edit) => ({ ...edit, file: shownAs(edit.file, io.cwd) })),
      })),
  };
};

export const check = async (args: CheckArguments, analyzer: Analyzer, io: Io): Promise<ExitCode> => {
  const { files, skipped, missing } = sourceFiles(args.paths);
  const skips: Skip[] = [...skipped];
  const lines = lineCache(io);
  const findings = new Map<string, ReportedFinding>();
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
    const analysis = analyzer.analyze(key, read.text);
    analysed++;
    networks += analysis.networks.length;
    for (const { message } of analysis.issues.filter((issue) => issue.message.startsWith('internal error'))) io.log(`${path}: ${message}`);
    if (analysis.findings.length > 0) lines.get(key, read.text);
    for (const finding of analysis.findings) {
      if (!atLeast(finding.severity, args.severity)) continue;
      const one = reported(finding, analysis, analyzer, lines, io);
      // An initializer in an imported file is found again by every file that builds that network.
      const identity = `${one.file}:${one.start}:${one.end}:${finding.rule}`;
      if (!findings.has(identity)) findings.set(identity, one);
    }
  }
  const shown = [...findings.values()];
  for (const { path, reason } of skips) io.log(`skipped ${path}: ${reason}`);
  for (const path of missing) io.log(`initlens: no such file or folder: ${path}`);
  FORMAT[args.format]({ findings: shown, files: analysed, networks, skipped: skips }, io);
  if (missing.length > 0) return 2;
  return shown.some(({ finding }) => atLeast(finding.severity, args.failOn)) ? 1 : 0;
};
