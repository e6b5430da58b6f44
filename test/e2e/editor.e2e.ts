/**
 * InitLens in a real VS Code, used as a person uses it: once with the extension under development, once with the package installed.
 * The checks of a variant build on one another. Each has a negative control: `npm run e2e -- --break NAME`, see CONTRIBUTING.md.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrokenExtension, brokenExtension } from './broken.ts';
import { type Prediction, predictionsOf } from './predictions.ts';
import { type PreviewRow, previewRows } from './preview.ts';
import { type RunningEditor, startVSCode } from './vscode.mjs';
import { openWorkbench, type Workbench } from './workbench.ts';

/** Long enough for a loaded machine, short enough for a negative control. */
const SLOW_MS = 60_000;

const root = fileURLToPath(new URL('../..', import.meta.url));
const broken = process.env.INITLENS_BREAK;

/** The model whose initializer is flagged and fixed: Glorot in front of twenty ReLUs. */
const flagged = { file: 'deep_relu_glorot_torch.py', rule: 'relu-without-he', line: 'nn.init.xavier_uniform_', word: 'xavier_uniform_' };

/** Models whose preview is compared with the engine: a deep stack that loses its signal, and saturated Keras layers. */
const previewed = ['deep_relu_default_torch.py', 'sigmoid_he_keras.py'];

const themes = [
  { name: 'light', theme: 'Default Light Modern', mark: '.monaco-workbench.vs:not(.hc-light)' },
  { name: 'dark', theme: 'Default Dark Modern', mark: '.monaco-workbench.vs-dark' },
  { name: 'high-contrast', theme: 'Default High Contrast', mark: '.monaco-workbench.hc-black' },
];

describe.each(broken ? ['development'] : ['development', 'package'])('%s', (variant) => {
  let sabotaged: BrokenExtension | undefined;
  let editor: RunningEditor;
  let workbench: Workbench;

  beforeAll(async () => {
    if (broken) sabotaged = brokenExtension(root);
    const source = variant === 'package' ? { vsix: packageFile() } : { extension: sabotaged?.folder ?? root };
    editor = await startVSCode({ workspace: `${root}/examples`, ...source });
    workbench = await openWorkbench(editor.url, variant);
  });

  afterAll(async () => {
    await workbench?.close();
    await editor?.stop();
    sabotaged?.remove();
  });

  it('underlines the initializer', async () => {
    await workbench.open(flagged.file);
    await workbench.squiggles().first().waitFor({ timeout: SLOW_MS });
    expect(await workbench.squiggles().count()).toBe(1);
  });

  it('lists the finding with its rule', async () => {
    const rows = await workbench.problems(flagged.rule);
    await rows.first().waitFor({ timeout: SLOW_MS });
    expect(await rows.count()).toBe(1);
    expect(await rows.first().textContent()).toMatch(/InitLens/);
  });

  it('shows fans and standard deviation', async () => {
    // Glorot on 256 → 256: √(2 / 512) = 0.0625.
    const text = await workbench.hover(flagged.line, flagged.word, /0\.0625/);
    expect(text).toMatch(/256/);
    await workbench.screenshot('finding');
  });

  it('offers the fix', async () => {
    const rows = await workbench.quickFixes(flagged.line, flagged.word, /kaiming|He/);
    await workbench.screenshot('fix');
    const titles = await rows.allTextContents();
    expect(titles.some((title) => title.includes('changes training'))).toBe(true);
    await rows
      .filter({ hasText: /kaiming|He/ })
      .first()
      .click();
  });

  it('writes the fix', async () => {
    await workbench.line('kaiming_').first().waitFor({ timeout: SLOW_MS });
    expect(await workbench.text()).not.toContain('xavier_uniform_');
  });

  it('clears the squiggle', async () => {
    await workbench.squiggles().first().waitFor({ state: 'detached', timeout: SLOW_MS });
    expect(await (await workbench.problems(flagged.rule)).count()).toBe(0);
  });

  describe.each(previewed)('preview of %s', (file) => {
    let expected: readonly Prediction[];
    let rows: readonly PreviewRow[];

    beforeAll(async () => {
      expected = predictionsOf(`${root}/examples/${file}`);
      await workbench.hidePanel();
      await workbench.open(file);
      await workbench.command('InitLens: Preview activations');
      rows = await previewRows(
        workbench,
        expected.map(({ layer }) => layer),
      );
    });

    it('shows a row for every layer', async () => {
      expect(rows.map(({ layer }) => layer)).toEqual(expected.map(({ layer }) => layer));
      await workbench.screenshot(`preview-${file.replace('.py', '')}`);
    });

    it("shows the engine's prediction", () => {
      for (const [i, { layer, rms }] of expected.entries()) {
        if (rms === null) continue;
        const shown = rows[i]?.predicted;
        expect(Math.abs((shown?.value ?? Number.NaN) - rms), `${layer}: ${rms}, shown ${shown?.value}`).toBeLessThanOrEqual(
          shown?.precision ?? 0,
        );
      }
    });

    it('measures what the engine predicts', () => {
      expect(expected.filter(({ rms }) => rms !== null).length).toBeGreaterThan(5);
      for (const [i, { layer, rms, low, high }] of expected.entries()) {
        if (rms === null) continue;
        const { value, precision } = rows[i]?.rms ?? { value: Number.NaN, precision: 0 };
        expect(value + precision, `${layer}: predicted ${rms}, measured ${value}`).toBeGreaterThan(low);
        expect(value - precision, `${layer}: predicted ${rms}, measured ${value}`).toBeLessThan(high);
      }
    });
  });

  it.each(themes)('the preview follows the $name theme', async ({ name, theme, mark }) => {
    editor.configure({ 'workbench.colorTheme': theme });
    await workbench.page.locator(mark).waitFor({ timeout: SLOW_MS });
    await workbench.screenshot(`preview-${name}`);
  });
});

function packageFile(): string {
  const { name, version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
  return `${root}/${name}-${version}.vsix`;
}
