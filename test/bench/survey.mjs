// npm run survey -- FOLDER...: reads every source file under the folders in one warm process and says how much of them is understood,
// how long a file takes, and what stands most often in the way.
import { dirname, relative } from 'node:path';
import { build } from '../../esbuild.config.mjs';
import { loadBundle } from './bundle.mjs';
import { percentile, spentNow } from './measure.mjs';

const SLOW = 2000;

/** The analysis as it is bundled, with the command line's way of finding and reading files. */
const ENTRY = `
export { nodeAnalyzer } from './server/src/workspace/analyzer.node.ts';
export { nodeHost } from './server/src/workspace/host.node.ts';
export { sourceFiles } from './server/src/cli/sourceFiles.ts';
export { readSource } from './server/src/cli/readSource.ts';
export { keyOf } from './server/src/cli/paths.ts';
export { lineIndex } from './server/src/workspace/positions.ts';
`;

const load = async () => {
  await build({ only: ['analysis'] });
  return loadBundle('survey', ENTRY);
};

/** A reason without the names and numbers of its place, so that like ones count together. */
const normalised = (reason) =>
  reason
    .replace(/(['"`]).*?\1/g, '…')
    .replace(/\b\d[\d,.]*\b/g, 'N')
    .replace(/\s+/g, ' ')
    .trim();

/** Milliseconds of a run by whichever clock of `spentNow` counts least of what is not its own. */
const timed = (run) => {
  const before = spentNow();
  run();
  const after = spentNow();
  return Math.min(...after.map((x, i) => x - before[i]));
};

/** The files of every n-th folder, in the order of their names: a sample that is the same each time and keeps what belongs together. */
const sampled = (files, every) => {
  const folders = [...new Set(files.map((file) => dirname(file)))].sort();
  const taken = new Set(folders.filter((_, i) => i % every === 0));
  return files.filter((file) => taken.has(dirname(file)));
};

const main = async (paths) => {
  const options = { top: 40, exact: false, every: 1, progress: 0, again: false };
  const folders = [];
  for (let i = 0; i < paths.length; i++) {
    if (paths[i] === '--top') options.top = Number(paths[++i]);
    else if (paths[i] === '--exact') options.exact = true;
    else if (paths[i] === '--again') options.again = true;
    else if (paths[i] === '--every') options.every = Math.max(1, Number(paths[++i]) || 1);
    else if (paths[i] === '--progress') options.progress = Math.max(1, Number(paths[++i]) || 1);
    else folders.push(paths[i]);
  }
  if (folders.length === 0) {
    console.error('npm run survey -- [--top N] [--exact] [--again] [--every N] [--progress N] FOLDER...');
    return 2;
  }
  const { nodeAnalyzer, nodeHost, sourceFiles, readSource, keyOf, lineIndex } = await load();
  const cwd = process.cwd();
  const analyzer = await nodeAnalyzer(nodeHost({ roots: () => [keyOf('.', cwd)] }));
  const { files: found, missing } = sourceFiles(folders);
  const files = sampled(found, options.every);
  for (const path of missing) console.error(`nothing at ${path}`);

  const times = [];
  const again = [];
  const crashes = [];
  const reasons = new Map();
  const total = { networks: 0, whole: 0, nodes: 0, opaque: 0, parameters: 0, unreached: 0, shape: 0, distribution: 0, both: 0, steps: 0 };

  const texts = new Map();
  const placeOf = (file, offset) => {
    if (!texts.has(file)) {
      const read = readSource(file);
      texts.set(file, 'text' in read ? lineIndex(read.text) : null);
    }
    const line = texts.get(file)?.positionAt(offset).line;
    return `${relative(cwd, file)}${line === undefined ? '' : `:${line + 1}`}`;
  };
  const because = (kind, reason, span, file) => {
    const key = `${kind}: ${options.exact ? reason : normalised(reason)}`;
    let row = reasons.get(key);
    if (!row) {
      const place = span ? placeOf(span.anchor.file, span.anchor.offset + span.start) : relative(cwd, file);
      row = { count: 0, files: new Set(), place, reason };
      reasons.set(key, row);
    }
    row.count++;
    row.files.add(file);
  };

  const count = (file, { network }) => {
    total.networks++;
    if (network.complete) total.whole++;
    for (const { message, span } of network.issues) because('issue', message, span, file);
    for (const node of network.nodes) {
      total.nodes++;
      if (node.op.kind !== 'opaque') continue;
      total.opaque++;
      because('opaque', `${node.op.what}: ${node.op.reason}`, node.span, file);
    }
    const parameters = (node, reached) => {
      for (const { shape, init, span, constant } of node.params) {
        // Data that the model computes with is no parameter of it.
        if (constant) continue;
        total.parameters++;
        if (!reached) {
          total.unreached++;
          because('unreached', node.label, span, file);
        }
        const sized = shape !== null && !shape.includes(null);
        const drawn = init.distribution.kind !== 'unknown';
        if (sized) total.shape++;
        else because('shape', `of ${node.label} is not known`, span, file);
        if (drawn) total.distribution++;
        else because('draw', init.distribution.reason, init.span, file);
        if (sized && drawn) total.both++;
      }
    };
    for (const node of network.nodes) parameters(node, true);
    for (const node of network.unreached) parameters(node, false);
  };

  const report = () => {
    const share = (part, whole) => `${part} of ${whole} (${whole === 0 ? 0 : ((100 * part) / whole).toFixed(1)} %)`;
    const all = times.map(({ ms }) => ms);
    const text = (x) => `${x.toFixed(x < 10 ? 1 : 0)} ms`;
    const spread = (list) =>
      `median ${text(percentile(list, 0.5))}, p90 ${text(percentile(list, 0.9))}, max ${text(Math.max(...list))}, sum ${text(list.reduce((a, b) => a + b, 0))}`;
    console.log(`files                    ${times.length}`);
    console.log(`crashes                  ${crashes.length}`);
    console.log(`networks read wholly     ${share(total.whole, total.networks)}`);
    console.log(`nodes not understood     ${share(total.opaque, total.nodes)}`);
    console.log(`parameters, shape        ${share(total.shape, total.parameters)}`);
    console.log(`parameters, draw         ${share(total.distribution, total.parameters)}`);
    console.log(`parameters, both         ${share(total.both, total.parameters)}`);
    console.log(`parameters not reached   ${share(total.unreached, total.parameters)}`);
    console.log(`time a file              ${spread(all)}`);
    if (again.length > 0) console.log(`  in a second round      ${spread(again.map(({ ms }) => ms))}`);
    if (again.length > 0 && folders.length > 1)
      for (const folder of folders) {
        const inside = again.filter(({ path }) => !relative(folder, path).startsWith('..')).map(({ ms }) => ms);
        if (inside.length > 0) console.log(`    ${relative(cwd, folder)}: ${inside.length} files, ${spread(inside)}`);
      }
    console.log(`files over ${SLOW / 1000} s           ${all.filter((x) => x > SLOW).length}`);
    console.log(`files at the step limit  ${total.steps}`);
    console.log('\nslowest');
    for (const { file, ms, networks } of [...times].sort((a, b) => b.ms - a.ms).slice(0, 10))
      console.log(`  ${text(ms).padStart(8)}  ${relative(cwd, file)} (${networks} networks)`);
    console.log('\nreasons for Unknown (count, files, example)');
    const rows = [...reasons].sort(([, a], [, b]) => b.count - a.count).slice(0, options.top);
    for (const [key, { count: n, files: where, place }] of rows)
      console.log(`  ${String(n).padStart(7)} ${String(where.size).padStart(4)}  ${key.slice(0, 150)}   ${place}`);
    if (crashes.length > 0) console.log('\ncrashes');
    for (const { file, message } of crashes.slice(0, 20)) console.log(`  ${relative(cwd, file)}: ${message.slice(0, 400)}`);
  };

  for (const [index, path] of files.entries()) {
    // A run that is cut still tells what it has seen.
    if (options.progress && index > 0 && index % options.progress === 0) {
      console.log(`--- ${index} of ${files.length} files`);
      report();
    }
    const read = readSource(path);
    if (!('text' in read)) continue;
    const file = keyOf(path, cwd);
    let analysis;
    const ms = timed(() => {
      try {
        analysis = analyzer.analyze(file, read.text);
      } catch (error) {
        crashes.push({ file, message: String(error?.stack ?? error) });
      }
    });
    times.push({ file, ms, networks: analysis?.networks.length ?? 0 });
    if (!analysis) continue;
    for (const { message } of analysis.issues) if (/internal error/.test(message)) crashes.push({ file, message });
    if (analysis.issues.some(({ message }) => /step budget/.test(message))) total.steps++;
    for (const { message, start } of analysis.issues)
      if (!analysis.networks.some((n) => n.network.issues.some((i) => i.message === message)))
        because('file', message, { anchor: { file, offset: start }, start: 0 }, file);
    for (const one of analysis.networks) count(file, one);
    // A file of its own in an editor: what is kept for it goes when it is closed.
    analyzer.forget(file);
  }
  // A second round over everything, when each file's imports are known and the engine is compiled: what an editor's user waits for.
  for (const path of options.again ? files : []) {
    const read = readSource(path);
    if (!('text' in read)) continue;
    const file = keyOf(path, cwd);
    again.push({ path, ms: timed(() => analyzer.analyze(file, read.text)) });
    analyzer.forget(file);
  }

  report();
  return crashes.length > 0 ? 1 : 0;
};

process.exitCode = await main(process.argv.slice(2));
