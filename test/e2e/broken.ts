/** Negative controls: a copy of the built extension whose server gives spoilt answers. See saboteur.cjs for what can be broken. */
import { copyFileSync, cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));

export interface BrokenExtension {
  readonly folder: string;
  remove(): void;
}

export function brokenExtension(root: string): BrokenExtension {
  const folder = mkdtempSync(join(tmpdir(), 'initlens-broken-'));
  for (const part of ['package.json', 'dist', 'media']) cpSync(join(root, part), join(folder, part), { recursive: true });
  renameSync(join(folder, 'dist/server.cjs'), join(folder, 'dist/server.real.cjs'));
  copyFileSync(join(here, 'saboteur.cjs'), join(folder, 'dist/server.cjs'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
