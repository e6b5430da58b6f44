/** The page in a real Chromium under the extension's policy: every backend, falling back, cancelling, and what it tells the editor. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BackendName } from '../../media/preview/messages.ts';
import type { NetworkDto } from '../../server/src/protocol.ts';
import {
  type ADAPTERS,
  CHROMIUM,
  launch,
  MISSING_CHROMIUM,
  type OpenPage,
  open,
  previewData,
  type Site,
  serve,
} from './support/browser.ts';
import { act, broken, cnnFirst, dense, he, inputNode, mlpRelu, mlpSigmoid, network } from './support/networks.ts';

/** Software adapters on a busy machine: starting one and compiling its shaders takes seconds. */
const PATIENCE = 120_000;

let site: Site;
const browsers = new Map<keyof typeof ADAPTERS, Browser>();
const pages: OpenPage[] = [];

beforeAll(async () => {
  if (CHROMIUM === undefined) throw new Error(MISSING_CHROMIUM);
  site = await serve();
}, PATIENCE);
afterEach(async () => {
  for (const { page } of pages.splice(0)) await page.close();
});
afterAll(async () => {
  for (const browser of browsers.values()) await browser.close();
  site?.close();
}, PATIENCE);

const opened = async (adapter: keyof typeof ADAPTERS, options: Parameters<typeof open>[2] = {}): Promise<OpenPage> => {
  const browser = browsers.get(adapter) ?? (await launch(adapter));
  browsers.set(adapter, browser);
  const page = await open(browser, site, options);
  pages.push(page);
  return page;
};

const status = (p: OpenPage, text: RegExp): Promise<void> =>
  p.page.locator('#status').filter({ hasText: text }).waitFor({ timeout: PATIENCE });

/** Rows of the table as the page copies them: layer → column → text. */
const figures = async (p: OpenPage): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> => {
  await p.page.locator('#copy').click();
  const copied = (await p.told()).findLast((message) => message.type === 'copy');
  if (copied?.type !== 'copy') throw new Error('nothing was copied');
  const [head, , ...lines] = copied.text.split('\n').map((line) => line.slice(2, -2).split(' | '));
  return new Map(lines.map((cells) => [cells[0] ?? '', Object.fromEntries(cells.map((cell, i) => [head?.[i] ?? '', cell]))]));
};
const number = (text: string | undefined): number => Number((text ?? '').replace('−', '-').replace('−', '-'));

const ran = async (adapter: keyof typeof ADAPTERS, backend: BackendName | 'auto', net: NetworkDto): Promise<OpenPage> => {
  const p = await opened(adapter, { state: { backend, batch: 16 } });
  await p.send(previewData(net));
  await status(p, /layers in/);
  return p;
};

const CHOICES: readonly (readonly [keyof typeof ADAPTERS, BackendName, RegExp])[] = [
  ['none', 'cpu', /^CPU$/],
  ['none', 'wasm', /^WASM$/],
  ['webgl', 'webgl', /^WebGL · .*SwiftShader.* · software$/i],
  ['webgpu', 'webgpu', /^WebGPU · .*SwiftShader.* · software$/i],
];

describe('every backend', () => {
  /** Figures by network and layer of the first backend; the draws are the same on all, so the figures must be. */
  const first = new Map<string, number>();
  /** The gradient has two digits only, and its batch is smaller where a backend is slow. */
  const SAME = [
    ['RMS', 0.01],
    ['Std', 0.01],
    ['Gradient RMS', 0.15],
  ] as const;

  it.each(CHOICES)(
    '%s adapter: %s runs, is named, and agrees with the others',
    async (adapter, backend, badge) => {
      for (const net of [mlpSigmoid(2, 64), cnnFirst()]) {
        const p = await ran(adapter, backend, net);
        expect(await p.page.locator('#badge').textContent()).toMatch(badge);
        for (const [layer, row] of await figures(p)) {
          for (const [column, slack] of SAME) {
            const key = `${net.name} ${layer} ${column}`;
            const value = number(row[column]);
            const reference = first.get(key) ?? value;
            first.set(key, reference);
            expect(value, key).toBeGreaterThan(0);
            expect(Math.abs(value / reference - 1), `${key}: ${value}, elsewhere ${reference}`).toBeLessThan(slack);
          }
        }
        expect(p.problems).toEqual([]);
        await p.page.close();
      }
    },
    PATIENCE * 2,
  );
});

describe('the choice of a backend', () => {
  it(
    'passes over software adapters for wasm, and says why',
    async () => {
      const p = await ran('webgl', 'auto', mlpRelu(1, 32));
      expect(await p.page.locator('#badge').textContent()).toBe('WASM');
      expect(await p.page.locator('#badge').getAttribute('title')).toMatch(
        /^WebGPU: no WebGPU adapter\nWebGL: software adapter \(.*SwiftShader.*\)$/i,
      );
    },
    PATIENCE,
  );

  it(
    'falls back where a forced one has no adapter',
    async () => {
      const p = await ran('none', 'webgpu', mlpRelu(1, 32));
      expect(await p.page.locator('#badge').textContent()).toBe('WASM');
      expect(await p.page.locator('#badge').getAttribute('title')).toContain('WebGPU: no WebGPU adapter');
    },
    PATIENCE,
  );

  it(
    'follows the menu',
    async () => {
      const p = await ran('none', 'wasm', mlpRelu(1, 32));
      await p.page.locator('#backend').selectOption('cpu');
      await p.page.locator('#badge').filter({ hasText: 'CPU' }).waitFor({ timeout: PATIENCE });
      await status(p, /layers in/);
      expect((await p.savedState())?.backend).toBe('cpu');
    },
    PATIENCE,
  );

  it(
    'runs in the page where no worker answers',
    async () => {
      const p = await opened('none', { noWorker: true, state: { backend: 'cpu' } });
      await p.send(previewData(mlpRelu(1, 32)));
      await status(p, /layers in/);
      expect(number((await figures(p)).get('relu1')?.RMS)).toBeCloseTo(1, 0);
      expect(p.problems).toEqual([]);
    },
    PATIENCE,
  );
});

describe('cancelling', () => {
  const deep = () => mlpRelu(80, 512);

  it.each(['button', 'Escape'])(
    'by %s stops between layers and keeps what was measured',
    async (how) => {
      const p = await opened('none', { state: { backend: 'cpu' } });
      await p.send(previewData(deep()));
      await status(p, /^Layer [3-9]/);
      if (how === 'button') await p.page.locator('#cancel').click();
      else await p.page.keyboard.press('Escape');
      await status(p, /^Cancelled after \d+ of 162 layers/);
      expect(Number(/\d+/.exec((await p.page.locator('#status').textContent()) ?? '')?.[0])).toBeLessThan(162);
      expect(number((await figures(p)).get('fc1')?.RMS)).toBeCloseTo(Math.SQRT2, 1);
    },
    PATIENCE,
  );

  it(
    'ends a worker that is stuck in one op, and the next run works',
    async () => {
      const p = await opened('none', { state: { backend: 'cpu', batch: 2 } });
      const slow = network('Slow', 'torch', [inputNode([8192]), dense(8192, 8192, he(8192)), act('relu', [8192])]);
      await p.send(previewData(slow));
      await status(p, /^Layer 1/);
      await p.page.locator('#cancel').click();
      await status(p, /^Cancelled after/);
      await p.send(previewData(mlpRelu(1, 32)));
      await status(p, /4 layers in/);
    },
    PATIENCE,
  );
});

describe('the page', () => {
  const small = () => mlpSigmoid(2, 32);

  it(
    'asks for data when it is ready, and tells what it kept',
    async () => {
      const state = { uri: 'file:///net.py', model: 'Net', seed: 5, backend: 'cpu' };
      const p = await opened('none', { state });
      expect(await p.told()).toEqual([{ type: 'ready', state }]);
      expect(await p.page.locator('#seed').inputValue()).toBe('5');
    },
    PATIENCE,
  );

  it(
    'gives the same figures for the same seed and others after a re-roll',
    async () => {
      const p = await ran('none', 'cpu', small());
      const before = await figures(p);
      await p.page.locator('#reroll').click();
      await status(p, /layers in/);
      const rolled = await figures(p);
      expect(rolled.get('net.2')?.RMS).not.toBe(before.get('net.2')?.RMS);
      await p.page.locator('#seed').fill('1');
      await p.page.locator('#seed').press('Enter');
      await expect.poll(async () => (await figures(p)).get('net.2')?.RMS, { timeout: 20_000 }).toBe(before.get('net.2')?.RMS);
    },
    PATIENCE,
  );

  it(
    'shows names as text, whatever they hold',
    async () => {
      const evil = '<img src=x onerror="document.title=1">';
      const net = network(evil, evil, [inputNode([4]), { ...dense(4, 4, he(4)), path: evil, label: evil }], {
        verdict: evil,
        findings: [{ rule: evil, severity: 'warning', message: evil, node: 1 }],
        assumed: [{ name: evil, value: 4, why: evil }],
      });
      const p = await ran('none', 'cpu', net);
      expect(await p.page.locator('#verdict').textContent()).toBe(evil);
      expect(await p.page.locator('img').count()).toBe(0);
      expect(p.problems).toEqual([]);
    },
    PATIENCE,
  );

  it(
    'leads to the source from the table, the plot and the keyboard',
    async () => {
      const net = small();
      const p = await ran('none', 'cpu', net);
      const target = net.nodes[1];
      await p.page.locator('#plot').focus();
      await p.page.keyboard.press('ArrowDown');
      await p.page.keyboard.press('ArrowDown');
      await p.page.keyboard.press('Enter');
      await p.page.getByRole('rowheader', { name: 'net.0' }).getByRole('button').click();
      await p.page.locator('#plot').click({ position: { x: 30, y: 43 + 32 * 1.5 } });
      const reveals = (await p.told()).filter((message) => message.type === 'reveal');
      expect(reveals).toEqual(Array(3).fill({ type: 'reveal', uri: 'file:///net.py', start: target?.start, end: target?.end }));
    },
    PATIENCE,
  );

  it(
    'asks again with other sizes and another model',
    async () => {
      const p = await ran(
        'none',
        'cpu',
        network('Net', 'keras', [inputNode([4])], { assumed: [{ name: 'width', value: 4, why: 'width is a parameter' }] }),
      );
      expect(await p.page.locator('.sizes').textContent()).toContain('assumed');
      await p.page.locator('.sizes input').fill('8');
      await p.page.locator('.sizes input').press('Enter');
      await p.page.locator('#model').selectOption('Other');
      expect((await p.told()).filter((message) => message.type === 'request')).toEqual([
        { type: 'request', model: 'Net', sizes: { width: 8 } },
        { type: 'request', model: 'Other', sizes: { width: 8 } },
      ]);
    },
    PATIENCE,
  );

  it(
    'dims what an edit has made old, and says what cannot be shown',
    async () => {
      const p = await ran('none', 'cpu', small());
      await p.send({ type: 'stale' });
      await p.page.locator('main.stale').waitFor();
      await p.send(previewData(null, { problem: 'No model in this file.' }));
      await p.page.locator('main.empty').waitFor();
      expect(await p.page.locator('#verdict').textContent()).toBe('No model in this file.');
      await p.send(previewData(broken()));
      await status(p, /layers in/);
      expect((await figures(p)).get('my_kernel')?.RMS).toBe('–');
      expect(await p.page.locator('#table').textContent()).toContain('not understood: my_kernel (a compiled function)');
      expect(await p.page.locator('#table').textContent()).toContain('not reached');
    },
    PATIENCE,
  );
});
