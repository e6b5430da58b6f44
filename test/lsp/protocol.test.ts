/** The protocol side of the language server, over a real stdio process and an analyzer that needs no parser. */

import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CodeAction, CodeLens, Diagnostic, Hover } from 'vscode-languageserver';
import type { PreviewData } from '../../server/src/protocol.ts';
import { bundleEntry } from '../support/bundle.ts';
import { type ClientOptions, type LspClient, startClient } from '../support/lspClient.ts';

const URI = 'file:///work/model.py';
const MODEL = `import torch.nn as nn

class Net(nn.Module):
    def __init__(self):
        self.fc1 = nn.Linear(4, 8)
        self.fc2 = nn.Linear(8, 2)
        nn.init.xavier_normal_(self.fc1.weight)
`;

let server = '';
const clients: LspClient[] = [];
const start = async (options?: ClientOptions): Promise<LspClient> => {
  const client = await startClient([process.execPath, server, '--stdio'], options);
  clients.push(client);
  return client;
};

beforeAll(async () => {
  server = await bundleEntry('test/support/fakeServer.ts');
});
afterEach(() => {
  for (const client of clients.splice(0)) client.process.kill();
});

/** Long enough for what must not come to have come. */
const settle = (ms = 250) => new Promise((done) => setTimeout(done, ms));

/** For what must come, however busy the machine is. */
const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 15_000, interval: 20 });

const actionsAt = (client: LspClient, diagnostic: Diagnostic, only?: string[]): Promise<CodeAction[]> =>
  client.request('textDocument/codeAction', {
    textDocument: { uri: URI },
    range: diagnostic.range,
    context: { diagnostics: [diagnostic], ...(only ? { only } : {}) },
  });

describe('diagnostics', () => {
  it('are pushed to a client that cannot pull, with everything that a finding knows', async () => {
    const client = await start();
    expect(client.initialized.capabilities.diagnosticProvider).toBeUndefined();
    await client.open(URI, MODEL);
    expect(await client.pushed(URI)).toEqual([
      {
        range: { start: { line: 6, character: 16 }, end: { line: 6, character: 30 } },
        severity: 2,
        code: 'relu-without-he',
        codeDescription: { href: 'https://github.com/initlens/initlens/blob/main/docs/rules/relu-without-he.md' },
        source: 'InitLens',
        message: 'Glorot halves the variance at each ReLU: ×0.50 per layer.',
        relatedInformation: [
          {
            location: { uri: URI, range: { start: { line: 2, character: 6 }, end: { line: 2, character: 9 } } },
            message: 'the network',
          },
        ],
        data: { key: expect.stringContaining('relu-without-he|Net|') },
      },
    ]);
  });

  it('are pulled by a client that can, and then never pushed', async () => {
    const client = await start({ pull: true });
    await client.open(URI, MODEL);
    expect(await client.pull(URI)).toHaveLength(1);
    await settle();
    expect(client.published).toEqual([]);
  });

  it('say so when nothing has changed since the last pull', async () => {
    const client = await start({ pull: true });
    await client.open(URI, MODEL);
    const first = await client.request<{ resultId: string }>('textDocument/diagnostic', { textDocument: { uri: URI } });
    const params = { textDocument: { uri: URI }, previousResultId: first.resultId };
    expect(await client.request('textDocument/diagnostic', params)).toEqual({ kind: 'unchanged', resultId: first.resultId });
  });

  it('follow incremental edits, and ten rapid ones end in the last text', async () => {
    const client = await start();
    await client.open(URI, MODEL);
    for (let i = 0; i < 10; i++) await client.edit(URI, 'import torch', '# line\nimport torch');
    expect((await client.pushed(URI))[0]?.range.start).toEqual({ line: 16, character: 16 });
    await eventually(() => expect(client.published.at(-1)?.version).toBe(11));
  });

  it('stay while the text is broken', async () => {
    const client = await start();
    await client.open(URI, MODEL);
    await client.pushed(URI);
    await client.edit(URI, 'class Net(nn.Module):', 'class Net(nn.Module');
    expect(await client.pushed(URI)).toHaveLength(1);
  });

  it('stay when the analysis breaks, and the server lives on', async () => {
    const client = await start();
    await client.open(URI, MODEL);
    await client.pushed(URI);
    await client.edit(URI, 'import torch', 'explode');
    await settle();
    expect(client.published.at(-1)?.diagnostics).toHaveLength(1);
    await client.edit(URI, 'explode', 'import torch');
    expect(await client.pushed(URI)).toHaveLength(1);
  });

  it('vanish when the document is closed, and come back with it', async () => {
    const client = await start();
    await client.open(URI, MODEL);
    await client.pushed(URI);
    await client.close(URI);
    await eventually(() => expect(client.published.at(-1)).toEqual({ uri: URI, diagnostics: [] }));
    await client.open(URI, MODEL);
    await eventually(() => expect(client.published.at(-1)?.diagnostics).toHaveLength(1));
  });

  it.each([
    'untitled:Untitled-1',
    'vscode-notebook-cell:/work/a%20b.ipynb#W0sZmlsZQ%3D%3D',
    'vscode-vfs://github/owner/repo/model.py',
    'file:///c%3A/Users/me/model.py',
    'file:///work/%E6%A8%A1%E5%9E%8B%20%231.py',
    'file://server/share/model.py',
    'file:///broken%ZZ.py',
    'weird:',
  ])('work for %s', async (uri) => {
    const client = await start();
    await client.open(uri, MODEL);
    expect(await client.pushed(uri)).toHaveLength(1);
  });

  it('are not given twice for the old revision that a diff shows', async () => {
    const client = await start();
    await client.open('git:/work/model.py?ref=HEAD', MODEL);
    await settle();
    expect(client.published).toEqual([]);
  });

  it('have UTF-16 columns', async () => {
    const client = await start();
    await client.open(URI, MODEL.replace('        nn.init.', "        '😀é'; nn.init."));
    expect((await client.pushed(URI))[0]?.range.start.character).toBe(16 + "'😀é'; ".length);
  });
});

describe('settings', () => {
  it('come from initializationOptions', async () => {
    const client = await start({ initializationOptions: { minimumSeverity: 'error' } });
    await client.open(URI, MODEL);
    expect(await client.pushed(URI)).toEqual([]);
  });

  it('come from workspace/configuration', async () => {
    const client = await start({ configuration: { minimumSeverity: 'error', codeLens: false } });
    await client.open(URI, MODEL);
    await eventually(async () => expect(await client.pushed(URI)).toEqual([]));
    expect(await client.request('textDocument/codeLens', { textDocument: { uri: URI } })).toEqual([]);
  });

  it('that are malformed are named in a message and keep their default', async () => {
    const client = await start({ initializationOptions: { minimumSeverity: 'loud', enable: true } });
    await client.open(URI, MODEL);
    expect(await client.pushed(URI)).toHaveLength(1);
    const messages = () => client.notifications.filter(({ method }) => method === 'window/showMessage');
    await eventually(() => expect(JSON.stringify(messages())).toContain('initlens.minimumSeverity must be one of'));
  });

  it('change while the server runs', async () => {
    const client = await start();
    await client.open(URI, MODEL);
    expect(await client.pushed(URI)).toHaveLength(1);
    await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: { initlens: { enable: false } } });
    await eventually(async () => expect(await client.pushed(URI)).toEqual([]));
  });
});

describe('code actions', () => {
  it('carry their edit; the preferred fix comes first and the suppression last', async () => {
    const client = await start();
    await client.open(URI, MODEL);
    const [diagnostic] = await client.pushed(URI);
    const actions = await actionsAt(client, diagnostic!);
    expect(actions.map(({ title, kind, isPreferred }) => ({ title, kind, isPreferred }))).toEqual([
      { title: 'Use He normal (changes training)', kind: 'quickfix', isPreferred: true },
      { title: 'Ignore relu-without-he on this line', kind: 'quickfix', isPreferred: undefined },
    ]);
    expect(actions[0]?.diagnostics).toEqual([diagnostic]);
    await client.apply(actions[0]!);
    expect(client.text(URI)).toContain('nn.init.kaiming_normal_(self.fc1.weight)');
    expect(await client.pushed(URI)).toEqual([]);
  });

  it('suppress at the end of the line, and join a comment that is there', async () => {
    const client = await start();
    await client.open(URI, MODEL);
    const [diagnostic] = await client.pushed(URI);
    const ignore = (await actionsAt(client, diagnostic!)).at(-1)!;
    await client.apply(ignore);
    expect(client.text(URI)).toContain('xavier_normal_(self.fc1.weight)  # initlens: ignore[relu-without-he]\n');
    await client.edit(URI, 'ignore[relu-without-he]', 'ignore[fixed-scale]');
    const [again] = await client.pushed(URI);
    await client.apply((await actionsAt(client, again!)).at(-1)!);
    expect(client.text(URI)).toContain('# initlens: ignore[fixed-scale, relu-without-he]\n');
  });

  it('of the kind source.fixAll hold safe fixes only', async () => {
    const client = await start();
    await client.open(URI, MODEL);
    const [diagnostic] = await client.pushed(URI);
    expect(await actionsAt(client, diagnostic!, ['source.fixAll'])).toEqual([]);
    expect(await actionsAt(client, diagnostic!, ['refactor'])).toEqual([]);
  });
});

describe('hover, lens, preview, inspect', () => {
  it('tell the initializer, its figures and what it does', async () => {
    const client = await start();
    await client.open(URI, MODEL);
    const hover = await client.request<Hover>('textDocument/hover', { textDocument: { uri: URI }, position: { line: 4, character: 24 } });
    const { value } = hover.contents as { value: string };
    expect(value).toContain('**Linear** in Net');
    expect(value).toContain('| `fc1` | 4 | 8 | 0.5 | 2 | 0.5 |');
    expect(hover.range).toEqual({ start: { line: 4, character: 19 }, end: { line: 4, character: 28 } });
    expect(await client.request('textDocument/hover', { textDocument: { uri: URI }, position: { line: 0, character: 2 } })).toBeNull();
  });

  it('put one lens at a model', async () => {
    const client = await start();
    await client.open(URI, MODEL);
    const lenses = await client.request<CodeLens[]>('textDocument/codeLens', { textDocument: { uri: URI } });
    expect(lenses).toEqual([
      {
        range: { start: { line: 2, character: 6 }, end: { line: 2, character: 9 } },
        command: {
          title: '▶ Preview activations · 2 layers · 1 warning',
          command: 'initlens.previewActivations',
          arguments: [URI, 'Net'],
        },
      },
    ]);
  });

  it('give the network for the preview', async () => {
    const client = await start();
    await client.open(URI, MODEL);
    const data = await client.request<PreviewData>('initlens/preview', { uri: URI, model: 'Net' });
    expect(data).toMatchObject({ uri: URI, version: 1, models: ['Net'], problem: null });
    expect(data.network?.nodes.map(({ shape }) => shape)).toEqual([[4], [8], [2]]);
    expect(data.network?.nodes[1]?.predicted).toMatchObject({ rms: 2, gradientRms: 0.5 });
    expect(data.network?.findings[0]).toMatchObject({ rule: 'relu-without-he', node: 1 });
    expect(await client.request('initlens/preview', { uri: 'file:///not/open.py' })).toBeNull();
  });

  it('show the network as a value', async () => {
    const client = await start();
    await client.open(URI, MODEL);
    const inspected = await client.request<{ networks: { name: string; line: number }[] }>('initlens/inspect', { uri: URI });
    expect(inspected.networks).toMatchObject([{ name: 'Net', line: 3, parameters: [{ path: 'fc1.weight', fanIn: 4 }, {}] }]);
  });
});

describe('the process', () => {
  it('ends with 0 after shutdown and with 1 without', async () => {
    const orderly = await start();
    expect(await orderly.stop()).toBe(0);
    const abrupt = await start();
    const exited = new Promise((done) => abrupt.process.once('exit', done));
    await abrupt.connection.sendNotification('exit');
    expect(await exited).toBe(1);
  });

  it('ends when its input ends', async () => {
    const client = await start();
    const exited = new Promise((done) => client.process.once('exit', done));
    client.process.stdin.end();
    expect(await exited).toBe(1);
  });

  it('survives requests that make no sense', async () => {
    const client = await start();
    await client.open(URI, MODEL);
    await expect(client.request('initlens/unheardOf', {})).rejects.toThrow();
    expect(await client.request('initlens/preview', null)).toBeNull();
    expect(await client.request('initlens/preview', { uri: 42, sizes: 'many' })).toBeNull();
    client.process.stdin.write('Content-Length: 5\r\n\r\n{"a":');
    expect(await client.pushed(URI)).toHaveLength(1);
    expect(await client.request('textDocument/codeLens', { textDocument: { uri: URI } })).toHaveLength(1);
  });

  it('tells its state and what changed', async () => {
    const client = await start();
    await client.open(URI, MODEL);
    await client.pushed(URI);
    const of = (name: string) => client.notifications.filter(({ method }) => method === name).map(({ params }) => params);
    await eventually(() =>
      expect(of('initlens/status')).toContainEqual({ state: 'ready', message: '', uri: URI, networks: 1, findings: 1 }),
    );
    await eventually(() => expect(of('initlens/changed')).toContainEqual({ uri: URI }));
  });
});
