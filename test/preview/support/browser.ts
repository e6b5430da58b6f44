/** The page in a real Chromium, served over loopback http under the policy that the extension sets. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { previewHtml } from '../../../client/src/features/previewHtml.ts';
import type { FromHost, SavedState, ToHost } from '../../../media/preview/host.ts';
import type { NetworkDto, PreviewData } from '../../../server/src/protocol.ts';
import { bundlePreview } from './bundle.ts';
import { THEMES } from './themes.ts';

/** Flags that give headless Chromium these adapters, all of them software. */
export const ADAPTERS = {
  none: ['--disable-gpu', '--disable-webgl', '--disable-3d-apis'],
  webgl: ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
  webgpu: ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
} as const;

export const CHROMIUM =
  process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
export const MISSING_CHROMIUM =
  'The preview is tested in a real Chromium and none was found. Install it (Debian: apt-get install chromium) or set CHROMIUM to its path.';

const NONCE = 'test';
const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm' };

export interface Site {
  readonly origin: string;
  readonly close: () => void;
}

/** Serves the bundles and the page; `/theme/<name>` adds a theme's variables, which the editor would set on the root. */
export const serve = async (): Promise<Site> => {
  const folder = mkdtempSync(join(tmpdir(), 'initlens-preview-'));
  await bundlePreview(folder);
  const server: Server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const { port } = server.address() as AddressInfo;
    const origin = `http://127.0.0.1:${port}`;
    if (path === '/') {
      const address = (file: string): string => `${origin}/${file}`;
      response.setHeader('content-type', 'text/html');
      response.end(
        previewHtml({
          cspSource: origin,
          nonce: NONCE,
          script: address('preview.js'),
          style: address('preview.css'),
          worker: address('preview.worker.js'),
          wasm: address('tfjs-backend-wasm-simd.wasm'),
        }),
      );
      return;
    }
    if (path === '/favicon.ico') {
      response.statusCode = 204;
      response.end();
      return;
    }
    const content = await readFile(join(folder, basename(path))).catch(() => null);
    response.statusCode = content === null ? 404 : 200;
    response.setHeader('content-type', TYPES[extname(path)] ?? 'text/plain');
    response.end(content ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () => {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

export const launch = (adapter: keyof typeof ADAPTERS): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM ?? '',
    headless: true,
    args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', ...ADAPTERS[adapter]],
    ignoreDefaultArgs: ['--disable-gpu'],
  });

export interface OpenPage {
  readonly page: Page;
  /** What the page has told the extension. */
  readonly told: () => Promise<readonly ToHost[]>;
  readonly send: (message: FromHost) => Promise<void>;
  readonly savedState: () => Promise<Partial<SavedState> | null>;
  readonly problems: readonly string[];
}

interface OpenOptions {
  readonly state?: Partial<SavedState>;
  readonly theme?: keyof typeof THEMES;
  readonly width?: number;
  readonly noWorker?: boolean;
}

/** The page's window, as far as these tests reach into it; the tests themselves are checked without the DOM's types. */
interface StandIn {
  told: ToHost[];
  savedState: Partial<SavedState> | null;
  postMessage(message: FromHost, target: string): void;
  acquireVsCodeApi(): object;
  Worker: unknown;
  document: {
    readonly documentElement: { readonly style: { setProperty(name: string, value: string): void } };
    readonly body: { readonly classList: { add(name: string): void } };
    addEventListener(type: string, listener: () => void): void;
  };
}

interface StandInOptions {
  readonly saved: Partial<SavedState> | null;
  readonly names: readonly (readonly [string, string])[];
  readonly bodyClass: string;
  readonly blockWorker: boolean;
}

/** The editor's side of a webview, run in the page before its own script. */
const standIn = ({ saved, names, bodyClass, blockWorker }: StandInOptions): void => {
  const page = globalThis as unknown as StandIn;
  page.told = [];
  page.savedState = saved;
  page.acquireVsCodeApi = () => ({
    postMessage: (message: ToHost) => page.told.push(message),
    getState: () => page.savedState ?? undefined,
    setState: (next: SavedState) => {
      page.savedState = next;
    },
  });
  if (blockWorker) {
    page.Worker = class {
      readonly terminate = () => undefined;
    };
  }
  page.document.addEventListener('DOMContentLoaded', () => {
    for (const [name, value] of names) page.document.documentElement.style.setProperty(`--vscode-${name}`, value);
    page.document.body.classList.add(bodyClass);
  });
};

/** Opens the page with a stand-in for the editor's side of the webview. */
export const open = async (
  browser: Browser,
  site: Site,
  { state, theme = 'dark', width = 1000, noWorker = false }: OpenOptions = {},
): Promise<OpenPage> => {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  const { className, variables } = THEMES[theme];
  await page.addInitScript(standIn, {
    saved: state ?? null,
    names: Object.entries(variables),
    bodyClass: className,
    blockWorker: noWorker,
  });
  await page.goto(site.origin);
  return {
    page,
    told: () => page.evaluate(() => (globalThis as unknown as StandIn).told),
    send: (message) => page.evaluate((m) => (globalThis as unknown as StandIn).postMessage(m, '*'), message),
    savedState: () => page.evaluate(() => (globalThis as unknown as StandIn).savedState),
    problems,
  };
};

export const previewData = (network: NetworkDto | null, more: Partial<PreviewData> = {}): FromHost => ({
  type: 'data',
  data: { uri: 'file:///net.py', version: 1, models: network === null ? [] : [network.name, 'Other'], network, problem: null, ...more },
});
