// Oracle: builds the models of a suite with the real framework, reads their source with `inspect`, and compares. CONTRIBUTING says how.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compareModel } from './compare.mjs';
import { printModel, printTotals } from './report.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const cli = join(here, '../../dist/cli.cjs');
const suites = JSON.parse(readFileSync(join(here, 'suites.json'), 'utf8'));

const { values: options } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    suite: { type: 'string' },
    model: { type: 'string', multiple: true },
    // Dumps of an earlier run instead of Python; and where to keep those of this one.
    dump: { type: 'string' },
    keep: { type: 'string' },
    import: { type: 'string', multiple: true, default: [] },
    json: { type: 'string' },
    // Installed packages that `inspect` may read.
    environment: { type: 'string' },
    // Disagreements shown of a model.
    show: { type: 'string', default: '10' },
  },
});

const fail = (message) => {
  console.error(message);
  process.exit(2);
};

const suite = suites[options.suite];
if (!suite) fail(`--suite must be one of ${Object.keys(suites).join(', ')}`);

const nameOf = (model) => model.name ?? model.entry.split('.').pop();

/** Models by adapter, as the data file has them, with their names. */
const groups = suite
  .map(({ adapter, models }) => ({
    adapter,
    models: models.map((model) => ({ ...model, name: nameOf(model) })).filter(({ name }) => !options.model || options.model.includes(name)),
  }))
  .filter(({ models }) => models.length > 0);
if (groups.length === 0) fail(`No model of suite ${options.suite} is named ${options.model?.join(', ')}`);

const lines = (text) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** Runs an adapter: a Python file through oracle.py, an .mjs by itself. Both take the same arguments. */
const describe = ({ adapter, models }, folder) => {
  const [spec, out] = [join(folder, `${adapter}.json`), join(folder, `${adapter}.jsonl`)];
  writeFileSync(spec, JSON.stringify(models));
  const script = join(here, 'adapters', `${adapter}.mjs`);
  const files = ['--spec', spec, '--out', out];
  const { status, error } = existsSync(script)
    ? spawnSync(process.execPath, [script, ...files], { stdio: 'inherit' })
    : spawnSync(
        options.python,
        [join(here, 'oracle.py'), '--adapter', adapter, ...files, ...options.import.flatMap((name) => ['--import', name])],
        { stdio: ['ignore', 'inherit', 'inherit'] },
      );
  if (error) fail(`${options.python}: ${error.message}`);
  if (status !== 0) console.error(`the adapter ${adapter} ended with ${status}`);
  return existsSync(out) ? readFileSync(out, 'utf8') : '';
};

const dumpsOf = () => {
  if (options.dump) return readFileSync(options.dump, 'utf8');
  const folder = mkdtempSync(join(tmpdir(), 'oracle-'));
  try {
    const text = groups.map((group) => describe(group, folder)).join('');
    if (options.keep) writeFileSync(options.keep, text);
    return text;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const inspected = new Map();
const inspect = (file, flags) => {
  const key = JSON.stringify([file, flags]);
  if (!inspected.has(key)) {
    const began = performance.now();
    const { stdout, stderr, status } = spawnSync(process.execPath, [cli, 'inspect', file, '--format', 'json', ...flags], {
      encoding: 'utf8',
      maxBuffer: 1 << 30,
    });
    if (status !== 0) console.error(stderr);
    const networks = status === 0 ? JSON.parse(stdout).files[0].networks : [];
    inspected.set(key, { networks, seconds: (performance.now() - began) / 1000 });
  }
  return inspected.get(key);
};

/** A value of a suite as Python writes it; what has an `entry` is a call of that name. */
const python = (value) => {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  if ('entry' in value) return calling(value);
  return `{${Object.entries(value)
    .map(([key, one]) => `${JSON.stringify(key)}: ${python(one)}`)
    .join(', ')}}`;
};

const calling = ({ entry, build = {} }) =>
  `${entry.split('.').pop()}(${Object.entries(build)
    .map(([name, value]) => `${name}=${python(value)}`)
    .join(', ')})`;

const entriesIn = (value) =>
  value === null || typeof value !== 'object'
    ? []
    : [...('entry' in value ? [value.entry] : []), ...Object.values(value).flatMap((one) => entriesIn(one))];

/** A model that takes an object cannot be asked for by flags: the file that a user would write is inspected. */
const CALLER = 'model';
const callerOf = (model, folder) => {
  if (!model.entry.includes('.') || !Object.values(model.build ?? {}).some((value) => entriesIn(value).length > 0)) return undefined;
  const names = new Set(entriesIn({ entry: model.entry, build: model.build }));
  const imports = [...names].map((name) => `from ${name.slice(0, name.lastIndexOf('.'))} import ${name.split('.').pop()}`);
  const file = join(folder, `${model.name}.py`);
  writeFileSync(file, `${imports.join('\n')}\n\n${CALLER} = ${calling(model)}\n`);
  return file;
};

/** Flags that build a class by hand where the suite gives arguments for it. */
const flagsOf = ({ inspect: by }) => {
  return [
    ...(options.environment ? ['--environment', options.environment] : []),
    ...(by?.class ? ['--class', by.class] : []),
    ...(by?.args ? ['--args', JSON.stringify(by.args)] : []),
    ...(by?.input ? ['--input', JSON.stringify(by.input)] : []),
  ];
};

const models = new Map(groups.flatMap((group) => group.models.map((model) => [model.name, model])));
const results = [];
const written = mkdtempSync(join(tmpdir(), 'oracle-'));
for (const dump of lines(dumpsOf())) {
  const model = models.get(dump.name);
  if (!model) continue;
  if (dump.error) {
    console.log(`${dump.name}: the framework could not build it: ${dump.error}`);
    continue;
  }
  const caller = callerOf(model, written);
  const [file, entry] = caller ? [caller, CALLER] : [dump.file, dump.entry];
  const { networks, seconds } = inspect(file, flagsOf(model));
  // Of many factories that differ only in sizes a file shows the first; the others are there when asked for.
  const network =
    networks.find(({ name }) => name === entry) ??
    inspect(file, ['--class', entry, ...flagsOf(model)]).networks.find(({ name }) => name === entry);
  const result = { ...compareModel(dump, network), seconds, notes: dump.notes, issues: network?.issues ?? [] };
  results.push(result);
  printModel(result, network, Number(options.show));
}
rmSync(written, { recursive: true, force: true });
printTotals(results);
if (options.json) writeFileSync(options.json, JSON.stringify(results, null, 1));
