/** docs/rules and the README's list are generated from the rules and fresh. `UPDATE=1 npx vitest run test/rules/docs.test.ts` writes it. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { renderAll, renderGroups } from '../../server/src/rules/docs.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const folder = join(root, 'docs/rules');

it('docs/rules is what the rules say', () => {
  const pages = renderAll();
  if (process.env.UPDATE) {
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    for (const [name, text] of Object.entries(pages)) writeFileSync(join(folder, name), text);
  }
  const written = Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  expect(written).toEqual(pages);
});

it("the README's list is what the rules say", () => {
  const file = join(root, 'README.md');
  const list = /(?<=<!-- rules -->\n)[\s\S]*?(?=\n?<!-- \/rules -->)/;
  if (process.env.UPDATE)
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(list, () => renderGroups()),
    );
  expect(list.exec(readFileSync(file, 'utf8'))?.[0]).toBe(renderGroups());
});

it('links between pages lead somewhere', () => {
  const pages = renderAll();
  for (const [name, text] of Object.entries(pages)) {
    for (const [, target] of text.matchAll(/\]\(([a-z-]+\.md)\)/g)) expect(Object.keys(pages), `${name} links ${target}`).toContain(target);
  }
});
