/** Bundles the page and the code that computes as the extension does, into a folder of their own. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** What tf.js asks for only under Node. */
const external = ['fs', 'path', 'util', 'crypto', 'os', 'worker_threads', 'perf_hooks'];

export const bundlePreview = async (folder: string): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  const shared = {
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    external,
    absWorkingDir: root,
    logLevel: 'error',
  } as const;
  await Promise.all([
    esbuild.build({ ...shared, entryPoints: ['media/preview/main.ts'], outfile: join(folder, 'preview.js') }),
    esbuild.build({ ...shared, entryPoints: ['media/preview/worker.ts'], outfile: join(folder, 'preview.worker.js') }),
  ]);
  copyFileSync(join(root, 'media/preview/preview.css'), join(folder, 'preview.css'));
  const wasm = 'tfjs-backend-wasm-simd.wasm';
  copyFileSync(join(root, 'node_modules/@tensorflow/tfjs-backend-wasm/dist', wasm), join(folder, wasm));
};
