/** A notebook in a real VS Code: the finding stands in the cell with the initializer, and its fix is written there. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrokenExtension, brokenExtension } from './broken.ts';
import { type RunningEditor, startVSCode } from './vscode.mjs';
import { openWorkbench, type Workbench } from './workbench.ts';

const SLOW_MS = 60_000;

const root = fileURLToPath(new URL('../..', import.meta.url));
const broken = process.env.INITLENS_BREAK;

const notebook = 'class_by_cells_torch.ipynb';
const flagged = { rule: 'relu-without-he', line: 'nn.init.xavier_uniform_', word: 'xavier_uniform_' };

describe('notebook', () => {
  let sabotaged: BrokenExtension | undefined;
  let editor: RunningEditor;
  let workbench: Workbench;

  beforeAll(async () => {
    if (broken) sabotaged = brokenExtension(root);
    editor = await startVSCode({ workspace: `${root}/examples`, extension: sabotaged?.folder ?? root });
    workbench = await openWorkbench(editor.url, 'notebook');
  });

  afterAll(async () => {
    await workbench?.close();
    await editor?.stop();
    sabotaged?.remove();
  });

  /** The cell's editor that shows this text. */
  const cell = (text: string) => workbench.page.locator('.notebookOverlay .cell-editor-part .monaco-editor', { hasText: text });

  it('lists the finding, and leads to its cell', async () => {
    // A notebook that is opened before the editor has its extensions is opened as text.
    await workbench.open('good_resnet_torch.py');
    await workbench.page
      .locator('.codelens-decoration', { hasText: 'Preview activations' })
      .first()
      .waitFor({ state: 'attached', timeout: SLOW_MS });
    await workbench.open(notebook);
    const rows = await workbench.problems(flagged.rule);
    await rows.first().waitFor({ timeout: SLOW_MS });
    expect(await rows.count()).toBe(1);
    await rows.first().dblclick();
    await workbench.hidePanel();
  });

  it('underlines the initializer in its cell, and nothing in the others', async () => {
    await cell(flagged.word).locator('[class*="squiggly-"]').first().waitFor({ timeout: SLOW_MS });
    expect(await workbench.squiggles().count()).toBe(1);
  });

  it('has a lens above the model', async () => {
    const lens = cell('DeepNet()').locator('.codelens-decoration', { hasText: 'Preview activations' });
    await lens.first().waitFor({ timeout: SLOW_MS });
    expect(await lens.first().textContent()).toContain('21 layers');
  });

  it('shows fans and standard deviation', async () => {
    const text = await workbench.hover(flagged.line, flagged.word, /0\.0625/);
    expect(text).toMatch(/256/);
    await workbench.screenshot('finding');
  });

  it('offers the fix and writes it into the cell', async () => {
    const rows = await workbench.quickFixes(flagged.line, flagged.word, /kaiming|He/);
    await workbench.screenshot('fix');
    await rows
      .filter({ hasText: /kaiming|He/ })
      .first()
      .click();
    await cell('kaiming_').first().waitFor({ timeout: SLOW_MS });
    expect(await workbench.text()).not.toContain('xavier_uniform_');
  });

  it('clears the squiggle', async () => {
    await workbench.squiggles().first().waitFor({ state: 'detached', timeout: SLOW_MS });
    await workbench.screenshot('cured');
  });

  it('previews the model that the cells make', async () => {
    await workbench.command('InitLens: Preview activations');
    await workbench.webview().locator('text=layers.19').first().waitFor({ timeout: SLOW_MS });
    await workbench.screenshot('preview');
  });
});
