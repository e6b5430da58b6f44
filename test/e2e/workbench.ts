/** Drives VS Code's workbench in a browser as a user does: by what is on the screen, mouse and keyboard. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type FrameLocator, type Locator, type Page } from 'playwright-core';

const shots = fileURLToPath(new URL('./shots', import.meta.url));

const chromiumArguments = [
  '--no-sandbox',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-sync',
  '--mute-audio',
];

const isShown = (locator: Locator, timeout: number): Promise<boolean> =>
  locator.waitFor({ timeout }).then(
    () => true,
    () => false,
  );

export interface Workbench {
  readonly page: Page;
  /** Opens a file of the explorer and waits until its text is there. */
  open(file: string): Promise<void>;
  /** The file's text as it is on the screen. */
  text(): Promise<string>;
  /** Lines of the editor that carry this text. */
  line(text: string): Locator;
  squiggles(): Locator;
  /** Rows of the Problems panel that carry this text. */
  problems(text: string | RegExp): Promise<Locator>;
  /** Puts the cursor on a word of a line and shows its hover; resolves to the hover's text. */
  hover(line: string, word: string, expected: RegExp): Promise<string>;
  /** Opens the quick-fix menu at a word; resolves to its rows. */
  quickFixes(line: string, word: string, expected: RegExp): Promise<Locator>;
  /** Runs a command by the palette. */
  command(title: string): Promise<void>;
  /** Gives the editors the whole height. */
  hidePanel(): Promise<void>;
  /** The document inside the webview. */
  webview(): FrameLocator;
  screenshot(name: string): Promise<void>;
  close(): Promise<void>;
}

export async function openWorkbench(url: string, label: string): Promise<Workbench> {
  const profile = mkdtempSync(join(tmpdir(), 'initlens-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.INITLENS_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: chromiumArguments,
    viewport: { width: 1500, height: 950 },
  });
  // A loaded machine is slow, not wrong: only what never comes is a failure.
  context.setDefaultTimeout(90_000);
  const page = context.pages()[0] ?? (await context.newPage());
  const close = async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    await page.goto(url);
    await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor({ timeout: 90_000 });
  } catch (error) {
    await close();
    throw error;
  }

  const line = (text: string) => page.locator('.monaco-editor .view-line', { hasText: text });

  /** A word may be split over several spans, so it is found by the width of what stands before it. */
  async function pointAt(lineText: string, word: string): Promise<{ x: number; y: number }> {
    const target = line(lineText).first();
    await target.waitFor();
    const box = await target.locator('> span').boundingBox();
    const text = ((await target.textContent()) ?? '').replaceAll('\u00a0', ' ');
    const column = text.indexOf(word);
    if (!box || column < 0) throw new Error(`"${word}" is not on the line "${text}"`);
    return { x: box.x + (box.width * (column + word.length / 2)) / text.length, y: box.y + box.height / 2 };
  }

  async function click(lineText: string, word: string): Promise<void> {
    const { x, y } = await pointAt(lineText, word);
    await page.mouse.click(x, y);
  }

  async function command(title: string): Promise<void> {
    await page.keyboard.press('F1');
    const input = page.locator('.quick-input-widget input.input');
    await input.waitFor();
    await input.fill(`>${title}`);
    await page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first().waitFor();
    await page.keyboard.press('Enter');
  }

  return {
    page,
    line,
    command,
    close,
    async open(file) {
      await page.locator('.explorer-folders-view .monaco-list-row', { hasText: file }).first().dblclick();
      await page.locator('.tab.active', { hasText: file }).waitFor();
      await page.locator('.monaco-editor .view-line').first().waitFor();
    },
    async text() {
      const lines = await page.locator('.monaco-editor .view-line').allTextContents();
      return lines.join('\n').replaceAll('\u00a0', ' ');
    },
    squiggles: () => page.locator('.monaco-editor [class*="squiggly-"]'),
    async problems(text) {
      await command('Problems: Focus on Problems View');
      return page.locator('.markers-panel .monaco-list-row', { hasText: text });
    },
    async hover(lineText, word, expected) {
      const shown = page.locator('.monaco-hover:visible', { hasText: expected });
      // The first hover after start can come before the server is ready, and is then empty.
      for (let attempt = 0; attempt < 6; attempt++) {
        const { x, y } = await pointAt(lineText, word);
        await page.mouse.move(x - 4, y);
        await page.mouse.move(x, y, { steps: 4 });
        if (await isShown(shown.first(), 4000)) return (await shown.allTextContents()).join('\n');
        await page.mouse.move(x, y + 300);
      }
      throw new Error(`No hover with ${expected} on "${word}"`);
    },
    async quickFixes(lineText, word, expected) {
      const rows = page.locator('.action-widget .monaco-list-row');
      for (let attempt = 0; attempt < 6; attempt++) {
        await click(lineText, word);
        await page.keyboard.press('Control+.');
        if (await isShown(rows.filter({ hasText: expected }).first(), 4000)) return rows;
        await page.keyboard.press('Escape');
      }
      throw new Error(`No quick fix with ${expected} on "${word}"`);
    },
    async hidePanel() {
      const panel = page.locator('.part.panel');
      if (await panel.isVisible()) await page.keyboard.press('Control+J');
      await panel.waitFor({ state: 'hidden' });
    },
    // The workbench puts the webview's document into two frames; a notebook has one of its own for its outputs.
    webview: () => page.frameLocator('iframe.webview.ready[src*="extensionId=initlens"]').frameLocator('#active-frame'),
    async screenshot(name) {
      mkdirSync(shots, { recursive: true });
      await page.screenshot({ path: join(shots, `${label}-${name}.png`) });
    },
  };
}
