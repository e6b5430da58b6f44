// npm run measure: applies every fix of every example, runs the programs in the real frameworks, and records what they hold beside what was
// promised, in fixes.json. CONTRIBUTING says how; fixes.test.ts compares the record with the analysis.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { reasonFor } from './reasons.mjs';

const here = import.meta.dirname;
const root = join(here, '../..');
const record = join(here, 'fixes.json');

const { values: options } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    // Only these frameworks; rows of others stay as they are.
    framework: { type: 'string', multiple: true },
    // Folder where what the frameworks said is kept; and one of an earlier run to take it from.
    keep: { type: 'string' },
    dump: { type: 'string' },
  },
});

/** Longest run of one framework; a program that ends the process costs only itself. */
const MINUTES = 30;

const fail = (message) => {
  console.error(message);
  process.exit(2);
};

const promisesIn = (folder) => {
  const file = join(folder, 'promises.json');
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/golden/fixes.test.ts', '--reporter=dot'], {
    cwd: root,
    env: { ...process.env, FIXES_EXPORT: file },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0 || !existsSync(file)) fail('the fixes could not be written');
  return JSON.parse(readFileSync(file, 'utf8'));
};

const linesOf = (file) => (existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').map((text) => JSON.parse(text)) : []);

/** What a framework says of its programs, by hash. The process is started again for what is left where one program ends it. */
const ask = (framework, programs, folder) => {
  const [spec, out] = [join(folder, `${framework}.json`), join(folder, `${framework}.jsonl`)];
  if (options.dump) writeFileSync(out, readFileSync(join(options.dump, `${framework}.jsonl`)));
  const known = new Set(linesOf(out).map(({ hash }) => hash));
  let left = programs.filter(({ hash }) => !known.has(hash));
  while (left.length > 0) {
    writeFileSync(spec, JSON.stringify(left));
    const files = ['--framework', framework, '--spec', spec, '--out', out];
    const [command, script] =
      framework === 'tfjs' ? [process.execPath, join(here, 'measureTfjs.mjs')] : [options.python, join(here, 'measure_fixes.py')];
    const { error } = spawnSync(command, [script, ...files], { stdio: ['ignore', 'ignore', 'inherit'], timeout: MINUTES * 60_000, env: { ...process.env, OPENBLAS_NUM_THREADS: '1' } });
    if (error && error.code !== 'ETIMEDOUT') fail(`${command}: ${error.message}`);
    const lines = linesOf(out);
    if (lines.length === 0) fail(`${framework} could not be started`);
    const seen = new Set(lines.map(({ hash }) => hash));
    const rest = left.filter(({ hash }) => !seen.has(hash));
    if (rest.length > 0) writeFileSync(out, `${lines.concat({ hash: rest[0].hash, stopped: 'it ended the process', networks: [] }).map((l) => JSON.stringify(l)).join('\n')}\n`);
    left = rest.slice(1);
  }
  const lines = linesOf(out);
  if (options.keep) writeFileSync(join(options.keep, `${framework}.jsonl`), readFileSync(out));
  return { versions: lines.find(({ versions }) => versions)?.versions ?? {}, byHash: new Map(lines.map((one) => [one.hash, one])) };
};

const figure = (x) => (x === null || x === undefined ? null : Number(x.toPrecision(5)));

/** A row of the record: what was promised and what was found, weights that are drawn alike together. */
const rowOf = ({ text: _, networks, ...named }, { stopped, networks: real }) => {
  const weights = [];
  const failures = [];
  networks.forEach((network, i) => {
    const { failed, weights: found = {} } = real[i] ?? { failed: stopped };
    if (failed) failures.push(failed);
    for (const { path, shape, name, mean, std } of network.weights) {
      const one = found[path];
      if (!one && !failed) failures.push(`the model has no ${path}`);
      const alike = weights.find((w) => w.name === name && w.std === std && w.mean === mean && w.network === network.name && String(w.shape) === String(shape));
      const row = alike ?? { network: network.name, name, shape, mean, std, measured: {} };
      if (!alike) weights.push(row);
      row.measured[path] = one ? [one.shape, figure(one.mean), figure(one.std), one.count, figure(one.kurtosis)] : null;
    }
  });
  const failure = failures[0] ?? stopped ?? null;
  const reason = failure && reasonFor(named, failure);
  return { ...named, ...(failure ? { failure } : {}), ...(reason ? { reason } : {}), weights };
};

const folder = mkdtempSync(join(tmpdir(), 'fixes-'));
try {
  const promises = promisesIn(folder);
  const old = existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : { versions: {}, rows: [] };
  const frameworks = [...new Set(promises.map(({ framework }) => framework))].filter((f) => !options.framework || options.framework.includes(f));
  const versions = { ...old.versions };
  const rows = old.rows.filter(({ framework }) => !frameworks.includes(framework));
  for (const framework of frameworks) {
    const own = promises.filter((one) => one.framework === framework);
    const programs = new Map(
      own.map(({ hash, text, networks }) => [
        hash,
        { hash, text, networks: networks.map(({ name, inputs, output, weights }) => ({ name, inputs, output, paths: weights.map(({ path }) => path) })) },
      ]),
    );
    const { versions: said, byHash } = ask(framework, [...programs.values()], folder);
    Object.assign(versions, said);
    rows.push(...own.map((one) => rowOf(one, byHash.get(one.hash))));
    console.log(`${framework}: ${own.length} fixes, ${programs.size} programs`);
  }
  const order = (row) => JSON.stringify([row.rule, row.framework, row.example, row.finding, row.fix]);
  const sorted = rows.sort((a, b) => (order(a) < order(b) ? -1 : 1));
  writeFileSync(record, `{\n"versions": ${JSON.stringify(versions)},\n"rows": [\n${sorted.map((row) => JSON.stringify(row)).join(',\n')}\n]\n}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
