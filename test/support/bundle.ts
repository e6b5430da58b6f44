/** Bundles an entry of the server into a temporary folder, as the build does, so that tests run real processes. */
import { copyFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const WASM = ['tree-sitter.wasm', 'tree-sitter-python.wasm'];
const WASM_FOLDER = join(import.meta.dirname, '../../node_modules/@vscode/tree-sitter-wasm/wasm');

/** Path of the bundle, a CommonJS file with the wasm files beside it. */
export const bundleEntry = async (entry: string): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'initlens-test-'));
  const outfile = join(folder, 'bundle.cjs');
  await build({
    entryPoints: [join(import.meta.dirname, '../..', entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'error',
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  for (const name of WASM) copyFileSync(join(WASM_FOLDER, name), join(folder, name));
  return outfile;
};
