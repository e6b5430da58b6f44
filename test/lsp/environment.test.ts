/** Packages of a Python environment, in the editor and on the command line: only where the author allows it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { bundleEntry } from '../support/bundle.ts';
import { type ClientOptions, type LspClient, startClient } from '../support/lspClient.ts';

const folder = mkdtempSync(join(tmpdir(), 'initlens-environment-'));
const ZOO = `import torch
from torch import nn

class Deep(nn.Module):
    def __init__(self, depth=20):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(256, 256) for _ in range(depth)])
        self.head = nn.Linear(256, 10)
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.xavier_uniform_(m.weight)
    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.head(x)
`;
const USE = 'from zoo import Deep\n\nnet = Deep()\n';

const write = (name: string, text: string): string => {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};

let cli = '';
let uri = '';
const clients: LspClient[] = [];

beforeAll(async () => {
  cli = await bundleEntry('server/src/main.cli.ts');
  uri = pathToFileURL(write('project/main.py', USE)).href;
  for (const place of ['project/.venv', 'other']) {
    write(`${place}/pyvenv.cfg`, 'home = /nowhere\n');
    write(`${place}/lib/python3.11/site-packages/${place === 'other' ? 'other_' : ''}zoo/__init__.py`, ZOO);
    write(`${place}/bin/python`, '');
  }
});
afterEach(() => {
  for (const client of clients.splice(0)) client.process.kill();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = async (options: ClientOptions): Promise<LspClient> => {
  const client = await startClient([process.execPath, cli, 'server', '--stdio'], {
    pull: true,
    roots: [pathToFileURL(join(folder, 'project')).href],
    ...options,
  });
  clients.push(client);
  return client;
};

describe('in the editor', () => {
  it('is off by default', async () => {
    const client = await start({});
    await client.open(uri, USE);
    expect(await client.pull(uri)).toEqual([]);
  });

  it('the workspace has its environment, and the finding stands at the call', async () => {
    const client = await start({ configuration: { python: { readEnvironment: true } } });
    await client.open(uri, USE);
    await vi.waitFor(async () => {
      const [finding] = await client.pull(uri);
      expect(finding).toMatchObject({
        code: 'relu-without-he',
        range: { start: { line: 2, character: 6 }, end: { line: 2, character: 12 } },
      });
    });
  });

  it('an environment may be named, and chosen in the editor, at any time', async () => {
    const text = USE.replace('zoo', 'other_zoo');
    const named = await start({ initializationOptions: { python: { readEnvironment: true, environment: join(folder, 'other') } } });
    await named.open(uri, text);
    expect(await named.pull(uri)).toHaveLength(1);
    const chosen = await start({ initializationOptions: { python: { readEnvironment: true } } });
    await chosen.open(uri, text);
    expect(await chosen.pull(uri)).toEqual([]);
    await chosen.connection.sendNotification('initlens/interpreter', { path: join(folder, 'other/bin/python') });
    await vi.waitFor(async () => expect(await chosen.pull(uri)).toHaveLength(1), { timeout: 10_000 });
  });
});

describe('on the command line', () => {
  const check = (...args: string[]) =>
    spawnSync(process.execPath, [cli, 'check', 'main.py', '--format', 'concise', ...args], {
      cwd: join(folder, 'project'),
      encoding: 'utf8',
    });

  it.each(['.venv', '.venv/lib/python3.11/site-packages', '.venv/bin/python'])('--environment %s', (path) => {
    expect(check('--environment', path).stdout).toMatch(/^main\.py:3:7: \w+\[relu-without-he\]/);
  });

  it('nothing is read without it, and one that is none is said to be', () => {
    expect(check().stdout).toBe('');
    const { status, stderr } = check('--environment', 'nowhere');
    expect(status).toBe(2);
    expect(stderr).toBe("initlens: --environment: no Python packages are installed in 'nowhere'\n");
  });
});
