// The licences of everything that is bundled or copied into dist/, read from the packages themselves.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundles, copiesOf } from '../esbuild.config.mjs';

/** What is compiled into the .wasm files, which no package.json tells. */
const compiledIn = [
  {
    name: 'tree-sitter, tree-sitter-python and tree-sitter-typescript, in the .wasm files of @vscode/tree-sitter-wasm',
    license: 'MIT',
    url: 'https://github.com/tree-sitter',
    copyright: 'Copyright (c) 2016-2025 Max Brunsfeld and contributors',
  },
  {
    name: 'XNNPACK, in the .wasm file of @tensorflow/tfjs-backend-wasm',
    license: 'BSD-3-Clause',
    url: 'https://github.com/google/XNNPACK',
    copyright: 'Copyright (c) Facebook, Inc. and its affiliates. Copyright 2019 Google LLC',
  },
];

/** `node_modules/@scope/name/lib/x.js` → `node_modules/@scope/name`; undefined for the project's own files. */
const packageFolder = (file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];

function licenceText(folder) {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name));
  return file && readFileSync(join(folder, file), 'utf8').trim();
}

function component(folder) {
  const { name, version, license, repository } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const url = typeof repository === 'string' ? repository : repository?.url;
  return { name: `${name} ${version}`, license, url, text: licenceText(folder) };
}

/** tf.js ships no licence file; the Apache licence names no holder, so another package's copy is the same text. */
function textFor({ license, text, copyright, url }, all) {
  const shared = license === 'Apache-2.0' ? all.find((other) => other.license === license && other.text)?.text : undefined;
  return text ?? shared ?? [copyright, `Licensed under ${license}; text at ${url}`].filter(Boolean).join('\n');
}

/** Text of THIRD_PARTY_NOTICES.txt for what esbuild's metafiles say was bundled. */
export function thirdPartyNotices(root, metafiles) {
  const files = [...metafiles.flatMap((metafile) => Object.keys(metafile.inputs)), ...copiesOf(Object.keys(bundles))];
  const folders = new Set(files.map(packageFolder).filter((folder) => folder && existsSync(join(root, folder, 'package.json'))));
  const components = [...folders].map((folder) => component(join(root, folder)));
  const all = [...components, ...compiledIn].sort((a, b) => (a.name < b.name ? -1 : 1));
  const notices = all.map((one) => `${one.name} (${one.license})\n${one.url ?? ''}\n\n${textFor(one, all)}`);
  return ['InitLens contains the following third-party software.', ...notices].join(`\n\n${'-'.repeat(80)}\n\n`).concat('\n');
}
