// Times the preview's forward pass outside a browser, on WebGPU (Dawn), cpu or wasm, over a network as the server sends it.
//   node test/bench/gpu.mjs [--backend webgpu,cpu,wasm] [--batch 64] [--repeat 5] [--gradient] [--json] [network.json …]
// Without a file it runs networks of its own. On a machine without a GPU, with Debian's Chromium installed:
//   LD_LIBRARY_PATH=/usr/lib/chromium VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json node test/bench/gpu.mjs
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import esbuild from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { values: options, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    backend: { type: 'string', default: 'webgpu' },
    batch: { type: 'string', default: '64' },
    repeat: { type: 'string', default: '5' },
    gradient: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

/** The same code that the worker runs, bundled for Node. */
async function bundle() {
  const folder = join(root, 'dist', 'bench');
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, 'gpu.mjs');
  await esbuild.build({
    absWorkingDir: root,
    stdin: {
      resolveDir: root,
      loader: 'ts',
      contents: `
        export * as tf from '@tensorflow/tfjs-core';
        export { setWasmPaths } from './media/preview/tensorflow.ts';
        export { startBackend } from './media/preview/backend.ts';
        export { runNetwork } from './media/preview/run.ts';
        export * as networks from './test/preview/support/networks.ts';`,
    },
    bundle: true,
    platform: 'node',
    mainFields: ['module', 'main'],
    minify: false,
    format: 'esm',
    target: 'node20',
    outfile,
    logLevel: 'error',
    // wasm's loader is written for CommonJS.
    banner: {
      js: "import { createRequire as r } from 'node:module'; import { dirname as d } from 'node:path'; import { fileURLToPath as f } from 'node:url'; const require = r(import.meta.url); const __filename = f(import.meta.url); const __dirname = d(__filename);",
    },
  });
  return import(pathToFileURL(outfile).href);
}

/** Dawn's WebGPU where a browser would have its own. */
async function provideWebgpu() {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const gpu = create((process.env.DAWN ?? '').split(' ').filter(Boolean));
  if (globalThis.navigator) Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
  else globalThis.navigator = { gpu };
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

async function measure({ runNetwork }, network, backend, batch) {
  const times = [];
  let last = [];
  for (let i = 0; i <= Number(options.repeat); i++) {
    const start = performance.now();
    last = [];
    for await (const event of runNetwork(network, { seed: 1, batch, gradient: options.gradient }, backend)) last.push(event);
    times.push(performance.now() - start);
  }
  const [first, ...warm] = times;
  const layers = last.filter((event) => event.type === 'layer').map((event) => event.result);
  const plan = last.findLast((event) => event.type === 'plan');
  const gradient = last.find((event) => event.type === 'gradient');
  return { first, median: median(warm), batch: plan.batch, sampled: plan.sampled, layers, gradient };
}

function printFigures(network, { layers, gradient }) {
  const back = new Map(gradient?.rms ?? []);
  for (const result of layers) {
    const node = network.nodes[result.node];
    const s = result.statistics;
    const figure = (x) => (x === null || x === undefined ? '–' : x.toPrecision(4)).padStart(11);
    const predicted = node.predicted?.rms;
    const text = s
      ? `${figure(s.mean)}${figure(s.std)}${figure(s.rms)}${figure(predicted)}${figure(back.get(node.id))}`
      : `  ${result.state}: ${result.why}`;
    console.log(`    ${node.path.padEnd(18)}${String(result.shape ?? '').padEnd(18)}${text}`);
  }
  if (gradient?.why) console.log(`    ${gradient.why}`);
}

await provideWebgpu();
const core = await bundle();
const require = createRequire(import.meta.url);
const wasmFolder = `${dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))}/dist/`;
core.setWasmPaths(wasmFolder);
core.tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
const { cnnFirst, mlpRelu, mlpSigmoid } = core.networks;
const given = files.map((file) => JSON.parse(readFileSync(file, 'utf8')));
const networks = given.length > 0 ? given.map((g) => g.network ?? g) : [mlpRelu(), mlpSigmoid(), cnnFirst()];
const report = [];
let failed = false;
/** Large enough to keep a real GPU busy, too large for anything else. */
const large = core.networks.mlpRelu(20, 2048);
for (const wanted of options.backend.split(',')) {
  const backend = await core.startBackend(wanted);
  if (backend.name !== wanted) {
    console.error(`${wanted} did not start: ${backend.rejected.map((r) => `${r.name}: ${r.why}`).join('; ')}`);
    failed = true;
    continue;
  }
  if (!options.json)
    console.log(`${backend.name}${backend.adapter ? ` · ${backend.adapter}` : ''}${backend.software ? ' · software' : ''}`);
  for (const network of given.length === 0 && backend.name !== 'cpu' && backend.name !== 'wasm' && !backend.software
    ? [...networks, large]
    : networks) {
    const result = await measure(core, network, backend, Number(options.batch));
    const { layers, gradient, ...times } = result;
    report.push({
      backend: backend.name,
      adapter: backend.adapter,
      software: backend.software,
      network: network.name,
      nodes: layers.length,
      ...times,
    });
    if (options.json) continue;
    console.log(
      `  ${network.name}: ${layers.length} layers, batch ${result.batch}: first ${result.first.toFixed(0)} ms, then ${result.median.toFixed(1)} ms a run (median of ${options.repeat})`,
    );
    console.log(
      `    ${'layer'.padEnd(18)}${'shape'.padEnd(18)}${['mean', 'std', 'rms', 'predicted', 'gradient'].map((h) => h.padStart(11)).join('')}`,
    );
    printFigures(network, result);
  }
}
if (options.json) console.log(JSON.stringify(report, null, 1));
// Dawn keeps the process alive.
process.exit(failed ? 1 : 0);
