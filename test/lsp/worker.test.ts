/** The server as a web worker in a real Chromium: a model in, its finding out. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, extname, join } from 'node:path';
import { chromium } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { bundleForBrowser } from '../support/bundle.ts';

const CHROMIUM =
  process.env.INITLENS_CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.wasm': 'application/wasm', '': 'text/html' };

const MODEL = `import torch.nn as nn
net = nn.Sequential(nn.Linear(64, 64), nn.Sigmoid(), nn.Linear(64, 64), nn.Sigmoid(), nn.Linear(64, 10))
for layer in net:
    if isinstance(layer, nn.Linear):
        nn.init.kaiming_normal_(layer.weight)
`;

/** Runs in the page: a client of a few lines over the worker's messages. */
const conversation = (text: string): string => `new Promise((done, failed) => {
  const worker = new Worker('/bundle.js');
  worker.onerror = (event) => failed(new Error(event.message));
  const uri = 'vscode-vfs://github/owner/repo/model.py';
  const say = (message) => worker.postMessage({ jsonrpc: '2.0', ...message });
  worker.onmessage = ({ data }) => {
    if (data.id === 1) {
      say({ method: 'initialized', params: {} });
      say({ method: 'textDocument/didOpen', params: { textDocument: { uri, languageId: 'python', version: 1, text: ${JSON.stringify(text)} } } });
    }
    if (data.method === 'initlens/status' && data.params.state === 'error') failed(new Error(data.params.message));
    if (data.method === 'textDocument/publishDiagnostics') done(data.params.diagnostics.map(({ code }) => code));
  };
  say({ id: 1, method: 'initialize', params: { processId: null, rootUri: null, capabilities: {}, initializationOptions: { wasmFolder: location.origin } } });
})`;

describe('the server in a web worker', () => {
  it('finds what the server in a process finds', async () => {
    expect(CHROMIUM, 'A Chromium is needed: install it (Debian: apt-get install chromium) or set INITLENS_CHROMIUM').toBeDefined();
    const folder = await bundleForBrowser('server/src/main.worker.ts');
    const site = createServer(async (request, response) => {
      const name = basename(request.url ?? '');
      response.setHeader('content-type', TYPES[extname(name)] ?? 'text/plain');
      response.end(name === '' ? '<!doctype html>' : await readFile(join(folder, name)).catch(() => ''));
    });
    await new Promise<void>((listening) => site.listen(0, '127.0.0.1', listening));
    const browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
      const rules = await page.evaluate<string[]>(conversation(MODEL));
      expect(new Set(rules)).toEqual(new Set(['saturating-with-he']));
    } finally {
      await browser.close();
      site.close();
    }
  }, 90_000);
});
