// Sizes of what is shipped: each file as it is and compressed, and the limit for the .vsix.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** The .vsix may not grow past this. */
export const VSIX_LIMIT = 2_000_000;

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1).padStart(8)} kB`;

export function printSizes(folder) {
  for (const name of readdirSync(folder).sort()) {
    if (name.endsWith('.map') || statSync(join(folder, name)).isDirectory()) continue;
    const bytes = readFileSync(join(folder, name));
    console.log(`${name.padEnd(32)} ${kilobytes(bytes.length)} ${kilobytes(gzipSync(bytes).length)} gzipped`);
  }
}

/** Prints the package's size; false when it is past the limit. */
export function checkVsixSize(file) {
  const { size } = statSync(file);
  const fits = size <= VSIX_LIMIT;
  console.log(`${file}: ${kilobytes(size).trim()} of ${kilobytes(VSIX_LIMIT).trim()} allowed${fits ? '' : ' — too large'}`);
  return fits;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  if (!existsSync(join(root, 'dist'))) {
    console.error('Nothing is built yet: npm run build');
    process.exit(1);
  }
  printSizes(join(root, 'dist'));
  const packages = readdirSync(root).filter((name) => name.endsWith('.vsix'));
  if (!packages.every((name) => checkVsixSize(join(root, name)))) process.exitCode = 1;
}
