// Parts of the source as one module for Node, bundled as the analysis is.
import { join } from 'node:path';
import esbuild from 'esbuild';
import { bundles } from '../../esbuild.config.mjs';

const root = join(import.meta.dirname, '../..');

/** `entry`: what it exports, as TypeScript at the root of the repository; `name`: of the file under dist. */
export const loadBundle = async (name, entry) => {
  const { entry: _entry, out: _out, copies: _copies, ...settings } = bundles.analysis;
  const outfile = join(root, 'dist', `${name}.cjs`);
  await esbuild.build({
    ...settings,
    stdin: { contents: entry, resolveDir: root, loader: 'ts' },
    outfile,
    bundle: true,
    logLevel: 'warning',
  });
  return (await import(outfile)).default;
};
