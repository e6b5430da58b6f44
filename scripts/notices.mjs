// The licences of everything that is bundled or copied into dist/, read from the packages themselves.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundles, copiesOf } from '../esbuild.config.mjs';

/** `node_modules/@scope/name/lib/x.js` → `node_modules/@scope/name`; undefined for the project's own files. */
function packageFolder(file) {
  const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file);
  return match?.[1];
}

function licenceText(folder) {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name));
  return file && readFileSync(join(folder, file), 'utf8').trim();
}

function notice(folder) {
  const { name, version, license, repository, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const url = typeof repository === 'string' ? repository : repository?.url;
  const holder = typeof author === 'string' ? author : author?.name;
  // A few packages ship no licence file; the name of the licence, its holder and where to read it are then what there is.
  const text = licenceText(folder) ?? `Licensed under ${license}${holder ? `, ${holder}` : ''}. See ${url ?? 'the package'} for the text.`;
  return { name, text: `${name} ${version} (${license})${url ? `\n${url}` : ''}\n\n${text}` };
}

/** Text of THIRD_PARTY_NOTICES.txt for what esbuild's metafiles say was bundled. */
export function thirdPartyNotices(root, metafiles) {
  const files = [...metafiles.flatMap((metafile) => Object.keys(metafile.inputs)), ...copiesOf(Object.keys(bundles))];
  const folders = new Set(files.map(packageFolder).filter((folder) => folder && existsSync(join(root, folder, 'package.json'))));
  const notices = [...folders].map((folder) => notice(join(root, folder))).sort((a, b) => (a.name < b.name ? -1 : 1));
  const rule = '-'.repeat(80);
  return ['InitLens contains the following third-party software.', ...notices.map(({ text }) => text)].join(`\n\n${rule}\n\n`).concat('\n');
}
