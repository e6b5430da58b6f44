// Every file that the extension and the command line run: one table of bundles and copies, nothing is built anywhere else.
//   node esbuild.config.mjs [bundle …] [--production] [--watch]
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { printSizes } from './scripts/size.mjs';

const root = fileURLToPath(new URL('.', import.meta.url));
const dist = join(root, 'dist');

/** Modules that Emscripten's glue and tf.js ask for only when they run under Node. */
const nodeOnly = ['fs', 'fs/promises', 'path', 'url', 'util', 'module', 'crypto', 'os', 'worker_threads', 'perf_hooks', 'node:*'];

/** CommonJS has no `import.meta.url`; sources use it to find the .wasm files beside the bundle. */
const bundleUrl = {
  define: { 'import.meta.url': 'initlensBundleUrl' },
  banner: { js: "const initlensBundleUrl = require('node:url').pathToFileURL(__filename).href;" },
};
/**
 * The analysis is a file of its own beside the server and the command line, which load it when they need it: reading and compiling it
 * takes a third of the time until the server answers `initialize`.
 */
const analysisEntry = 'server/src/workspace/analyzer.node.ts';
const analysisApart = {
  name: 'analysis-apart',
  setup: (build) => {
    build.onResolve({ filter: /\/analyzer\.node\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './analysis.cjs', external: true } : undefined,
    );
  },
};
/** Loads the analysis by `require`, as CommonJS does. */
const withAnalysis = { needs: ['analysis'], plugins: [analysisApart], supported: { 'dynamic-import': false } };

const node = { platform: 'node', target: 'node20', format: 'cjs', mainFields: ['module', 'main'], ...bundleUrl };
const browser = { platform: 'browser', target: 'es2022', format: 'iife', external: nodeOnly };

const grammars = [
  'node_modules/@vscode/tree-sitter-wasm/wasm/tree-sitter.wasm',
  'node_modules/@vscode/tree-sitter-wasm/wasm/tree-sitter-python.wasm',
  // JavaScript and TypeScript; loaded with the first file that builds models.
  'node_modules/@vscode/tree-sitter-wasm/wasm/tree-sitter-tsx.wasm',
];
const tensorflowWasm = ['node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm'];

/** name → what esbuild needs for it; `out` is its file in dist/, `copies` are files that it loads and that are shipped as they are. */
export const bundles = {
  client: { ...node, entry: 'client/src/extension.ts', out: 'client.cjs', external: ['vscode'] },
  'client.web': {
    ...browser,
    entry: 'client/src/extension.web.ts',
    out: 'client.web.cjs',
    format: 'cjs',
    external: ['vscode', ...nodeOnly],
  },
  analysis: { ...node, entry: analysisEntry, out: 'analysis.cjs', copies: grammars },
  server: { ...node, ...withAnalysis, entry: 'server/src/main.node.ts', out: 'server.cjs' },
  'server.worker': { ...browser, entry: 'server/src/main.worker.ts', out: 'server.worker.js', copies: grammars },
  cli: {
    ...node,
    ...withAnalysis,
    entry: 'server/src/main.cli.ts',
    out: 'cli.cjs',
    banner: { js: `#!/usr/bin/env node\n${bundleUrl.banner.js}` },
  },
  preview: { ...browser, entry: 'media/preview/main.ts', out: 'preview.js', copies: ['media/preview/preview.css'] },
  'preview.worker': { ...browser, entry: 'media/preview/worker.ts', out: 'preview.worker.js', copies: tensorflowWasm },
};

/** The bundles named, and those that they load. */
export const withNeeds = (names) => [...new Set(names.flatMap((name) => [...(bundles[name].needs ?? []), name]))];

/** Files that bundles load and that are shipped as they are. */
export const copiesOf = (names) => [...new Set(withNeeds(names).flatMap((name) => bundles[name].copies ?? []))];

function settings({ entry, out, copies: _copied, needs: _needed, ...rest }, production) {
  return {
    ...rest,
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: join(dist, out),
    bundle: true,
    metafile: true,
    minify: production,
    sourcemap: production ? false : 'linked',
    legalComments: 'none',
    logLevel: 'warning',
  };
}

function copyFor(names) {
  mkdirSync(dist, { recursive: true });
  for (const file of copiesOf(names)) copyFileSync(join(root, file), join(dist, basename(file)));
}

/** Builds the named bundles (all when none is named) and returns esbuild's metafiles by bundle name. */
export async function build({ production = false, only = [] } = {}) {
  // Nothing of an earlier build may end up in a package.
  if (production && only.length === 0) rmSync(dist, { recursive: true, force: true });
  const names = withNeeds(only.length > 0 ? only : Object.keys(bundles));
  copyFor(names);
  const results = await Promise.all(names.map((name) => esbuild.build(settings(bundles[name], production))));
  return Object.fromEntries(names.map((name, i) => [name, results[i].metafile]));
}

async function watch(only) {
  const names = withNeeds(only.length > 0 ? only : Object.keys(bundles));
  copyFor(names);
  for (const name of names) {
    const context = await esbuild.context({ ...settings(bundles[name], false), logLevel: 'info' });
    await context.watch();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  const only = args.filter((arg) => !arg.startsWith('--'));
  const unknown = only.filter((name) => !(name in bundles));
  if (unknown.length > 0) {
    console.error(`No bundle named ${unknown.join(', ')}. There are: ${Object.keys(bundles).join(', ')}.`);
    process.exit(2);
  }
  if (args.includes('--watch')) await watch(only);
  else {
    const started = performance.now();
    await build({ production: args.includes('--production'), only });
    printSizes(dist);
    console.log(`built in ${Math.round(performance.now() - started)} ms`);
  }
}
