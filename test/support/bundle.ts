/** Bundles an entry of the server into a temporary folder, as the build does, so that tests run real processes. */
import { copyFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const WASM = ['tree-sitter.wasm', 'tree-sitter-python.wasm', 'tree-sitter-tsx.wasm'];
const WASM_FOLDER = join(import.meta.dirname, '../../node_modules/@vscode/tree-sitter-wasm/wasm');

const root = join(import.meta.dirname, '../..');

const folderWithGrammars = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'initlens-test-'));
  for (const name of WASM) copyFileSync(join(WASM_FOLDER, name), join(folder, name));
  return folder;
};

/** Path of the bundle, a CommonJS file with the wasm files beside it. */
export const bundleEntry = async (entry: string): Promise<string> => {
  const outfile = join(folderWithGrammars(), 'bundle.cjs');
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'error',
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  return outfile;
};

/** Folder of a script for the browser, `bundle.js`, with the wasm files beside it. */
export const bundleForBrowser = async (entry: string): Promise<string> => {
  const folder = folderWithGrammars();
  await build({
    entryPoints: [join(root, entry)],
    outfile: join(folder, 'bundle.js'),
    bundle: true,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    logLevel: 'error',
    external: ['fs', 'fs/promises', 'path', 'url', 'util', 'module', 'crypto', 'worker_threads', 'node:*'],
  });
  return folder;
};
