// TensorFlow.js's side of measure_fixes.py, with the same arguments and the same answer:
//   node measureTfjs.mjs --spec PROGRAMS.json --out MEASURED.jsonl
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { transform } from 'esbuild';
import { modelOf, momentsOf, namesIn } from '../oracle/tfjsWeights.mjs';

const { values: options } = parseArgs({ options: { framework: { type: 'string' }, spec: { type: 'string' }, out: { type: 'string' } } });
const MOST_DRAWS = 4;
const ENOUGH = 8_000;
/** Milliseconds after which a network is drawn no more. */
const LONG = 15_000;
const SAMPLES = 8;

console.log = console.warn = () => {};
const tf = await import('@tensorflow/tfjs');
// Orthogonal draws take minutes in plain JavaScript.
const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
setWasmPaths(join(import.meta.dirname, '../../node_modules/@tensorflow/tfjs-backend-wasm/dist/'));
await tf.setBackend('wasm');
await tf.ready();

/** Where the library's name is found from. */
const folder = join(import.meta.dirname, '../../dist/measured');
mkdirSync(folder, { recursive: true });

const line = (value) => appendFileSync(options.out, `${JSON.stringify(value)}\n`);
const told = (error) => String(error).split('\n')[0].slice(0, 200);

/** The program as a module that gives what it declares under these names. */
const moduleOf = async ({ hash, text, networks }) => {
  const { code } = await transform(text, { loader: 'ts', format: 'esm' });
  const declared = networks
    .flatMap(({ name, paths }) => [name, ...paths])
    .filter((name, i, all) => all.indexOf(name) === i && /^\w+$/.test(name))
    .filter((name) => new RegExp(`\\b(?:const|let|var|function|class)\\s+${name}\\b`).test(code));
  const file = join(folder, `${hash}.mjs`);
  writeFileSync(file, `${code}\nexport { ${declared.map((name) => `${name} as measured_${name}`).join(', ')} };\n`);
  return (draw) => import(`${pathToFileURL(file).href}?draw=${draw}`);
};

const madeOf = (value) => {
  if (typeof value !== 'function') return modelOf(value);
  const isClass = /^class\b/.test(Function.prototype.toString.call(value));
  return modelOf(isClass ? new value() : value());
};

const drawsOf = (module, { name, paths, inputs }) => {
  const value = module[`measured_${name}`];
  if (value === undefined) return paths.map((path) => module[`measured_${path}`]);
  const model = madeOf(value);
  const { pathOf, aliasesOf } = namesIn(model);
  const known = new Map();
  for (const layer of model.layers)
    for (const weight of layer.weights)
      for (const path of [pathOf({ layer, weight }), ...aliasesOf({ layer, weight })]) known.set(path, weight.read());
  const fed = inputs.map(({ shape }) => shape && !shape.includes(null) && tf.randomUniform([SAMPLES, ...shape.slice(1)]));
  if (fed.every(Boolean)) model.predict(fed.length === 1 ? fed[0] : fed);
  return paths.map((path) => known.get(path));
};

const measured = async (program) => {
  const load = await moduleOf(program);
  const modules = [await load(0)];
  const networks = [];
  for (const network of program.networks) {
    const values = network.paths.map(() => []);
    const shapes = [];
    let failed = null;
    try {
      const began = performance.now();
      const isEnough = () => values.every((all) => all.length >= ENOUGH) || performance.now() - began > LONG;
      for (let draw = 0; draw < MOST_DRAWS && (draw === 0 || !isEnough()); draw++) {
        modules[draw] ??= await load(draw);
        drawsOf(modules[draw], network).forEach((tensor, i) => {
          if (!tensor) throw new Error(`no weight is called ${network.paths[i]}`);
          shapes[i] = tensor.shape;
          for (const x of tensor.dataSync()) values[i].push(x);
        });
      }
    } catch (error) {
      failed = told(error);
    }
    const weights = failed ? {} : Object.fromEntries(network.paths.map((path, i) => [path, { shape: shapes[i], ...momentsOf(values[i]) }]));
    networks.push({ name: network.name, weights, failed });
  }
  return { hash: program.hash, stopped: null, networks };
};

line({ versions: { '@tensorflow/tfjs': tf.version.tfjs } });
for (const program of JSON.parse(readFileSync(options.spec, 'utf8'))) {
  try {
    line(await measured(program));
  } catch (error) {
    line({ hash: program.hash, stopped: told(error), networks: [] });
  }
}
rmSync(folder, { recursive: true, force: true });
