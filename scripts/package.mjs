// Builds for production, writes the third-party notices and packs initlens-<version>.vsix; fails when it is too large.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { build } from '../esbuild.config.mjs';
import { thirdPartyNotices } from './notices.mjs';
import { root } from './setup.mjs';
import { checkVsixSize, printSizes } from './size.mjs';

const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const packagePath = join(root, `${name}-${version}.vsix`);

const metafiles = await build({ production: true });
writeFileSync(join(root, 'dist/THIRD_PARTY_NOTICES.txt'), thirdPartyNotices(root, Object.values(metafiles)));
printSizes(join(root, 'dist'));
await createVSIX({ cwd: root, packagePath, dependencies: false });
if (!checkVsixSize(packagePath)) process.exitCode = 1;
