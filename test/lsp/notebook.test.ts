/** Notebooks in the editor, over a real stdio process: each cell has its own diagnostics, hovers and edits, all read one scope. */
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CodeAction, CodeLens, Diagnostic, Hover } from 'vscode-languageserver';
import type { PreviewData } from '../../server/src/protocol.ts';
import { bundleEntry } from '../support/bundle.ts';
import { type ClientOptions, type LspClient, startClient } from '../support/lspClient.ts';
import { openNotebook, type SyncedCell } from '../support/notebookClient.ts';
import { textbook } from '../support/notebooks.ts';

const URI = 'file:///work/deep.ipynb';
const CELLS: readonly SyncedCell[] = textbook.map(({ cell_type, source }) => ({
  text: source.join(''),
  language: cell_type === 'code' ? 'python' : cell_type === 'raw' ? 'raw' : 'markdown',
}));
/** Cells by what they hold, 0-based. */
const [MODEL, INIT, FORWARD, USE] = [2, 4, 5, 6] as const;
const FOUND = `${INIT}:5 relu-without-he`;

let server = '';
const clients: LspClient[] = [];
const start = async (options?: ClientOptions): Promise<LspClient> => {
  const client = await startClient([process.execPath, server, '--stdio'], options);
  clients.push(client);
  return client;
};

beforeAll(async () => {
  server = await bundleEntry('server/src/main.node.ts');
});
afterEach(() => {
  for (const client of clients.splice(0)) client.process.kill();
});

const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 15_000, interval: 20 });

const actionsAt = (client: LspClient, uri: string, { range, ...rest }: Diagnostic): Promise<CodeAction[]> =>
  client.request('textDocument/codeAction', {
    textDocument: { uri },
    range,
    context: { diagnostics: [{ range, ...rest }], only: ['quickfix'] },
  });

describe('a notebook', () => {
  it('is asked for in whole, whatever it is called', async () => {
    const { initialized } = await start();
    expect(initialized.capabilities.notebookDocumentSync).toEqual({ notebookSelector: [{ notebook: '*' }] });
  });

  it('has its finding in the cell with the initializer, and nowhere else', async () => {
    const client = await start({ pull: true });
    const notebook = await openNotebook(client, URI, CELLS);
    expect(await notebook.pullAll()).toEqual([FOUND]);
    const [diagnostic] = await client.pull(notebook.cell(INIT));
    expect(diagnostic?.range).toEqual({ start: { line: 5, character: 12 }, end: { line: 5, character: 45 } });
  });

  it('pushes to clients that cannot pull: every cell, and nothing for one that is gone', async () => {
    const client = await start();
    const notebook = await openNotebook(client, URI, CELLS);
    const last = (uri: string) => client.published.findLast((one) => one.uri === uri)?.diagnostics;
    const [init, use] = [notebook.cell(INIT), notebook.cell(USE)];
    await eventually(() => expect(last(init)?.map(({ code }) => code)).toEqual(['relu-without-he']));
    expect(last(use)).toEqual([]);
    await notebook.edit(FORWARD, 'torch.relu', 'torch.tanh');
    await eventually(() => expect(last(init)).toEqual([]));
    await notebook.edit(FORWARD, 'torch.tanh', 'torch.relu');
    await eventually(() => expect(last(init)).toHaveLength(1));
    await notebook.remove(INIT);
    await eventually(() => expect(last(init)).toEqual([]));
    await notebook.close();
    await eventually(() => expect(client.published.at(-1)?.diagnostics).toEqual([]));
  });

  it('a fix is written into the right cells, each of them, and cures', async () => {
    const client = await start({ pull: true });
    const first = await openNotebook(client, URI, CELLS);
    const [diagnostic] = await client.pull(first.cell(INIT));
    const count = (await actionsAt(client, first.cell(INIT), diagnostic!)).length;
    expect(count).toBeGreaterThan(4);
    let importers = 0;
    for (let i = 0; i < count; i++) {
      const notebook = await openNotebook(client, URI.replace('deep', `deep${i}`), CELLS);
      const uri = notebook.cell(INIT);
      const [found] = await client.pull(uri);
      const action = (await actionsAt(client, uri, found!))[i]!;
      await notebook.apply(action);
      expect(await notebook.pullAll(), action.title).toEqual([]);
      expect(notebook.text(1).startsWith('%matplotlib inline\n!pip install -q torch\n')).toBe(true);
      if (notebook.text(1).includes('import math')) importers++;
      if (action.title.startsWith('Ignore')) expect(notebook.text(INIT)).toContain('# initlens: ignore[relu-without-he]');
    }
    expect(importers).toBe(2);
  });

  it('answers each edit, insertion, deletion and move as a fresh one', async () => {
    const client = await start({ pull: true });
    const notebook = await openNotebook(client, URI, CELLS);
    await notebook.edit(INIT, '%%time', '# a comment\n');
    expect(await notebook.pullAll()).toEqual([`${INIT}:6 relu-without-he`]);
    await notebook.insert(1, { text: 'x = 1' }, { text: '# Prose', language: 'markdown' });
    expect(await notebook.pullAll()).toEqual([`${INIT + 2}:6 relu-without-he`]);
    // Before its class and its decorator it is nobody's method.
    await notebook.move(INIT + 2, 1);
    expect(await notebook.pullAll()).not.toContain('1:6 relu-without-he');
    await notebook.move(1, INIT + 2);
    expect(await notebook.pullAll()).toEqual([`${INIT + 2}:6 relu-without-he`]);
    await notebook.remove(1);
    expect(await notebook.pullAll()).toEqual([`${INIT + 1}:6 relu-without-he`]);
    await notebook.remove(INIT + 1);
    expect(await notebook.pullAll()).not.toContain(`${INIT + 1}:6 relu-without-he`);
  });

  it('a cell that is half typed damages itself alone', async () => {
    const client = await start({ pull: true });
    const notebook = await openNotebook(client, URI, CELLS);
    await notebook.insert(1, { text: 'x = foo(bar[' });
    await notebook.insert(4, { text: 's = """ open' });
    expect(await notebook.pullAll()).toEqual([`${INIT + 2}:5 relu-without-he`]);
  });

  it('tells a client that pulls to ask again when an edit changes what other cells show', async () => {
    const client = await start({ pull: true });
    let refreshed = 0;
    client.connection.onRequest('workspace/diagnostic/refresh', () => {
      refreshed++;
      return null;
    });
    const notebook = await openNotebook(client, URI, CELLS);
    expect(await notebook.pullAll()).toEqual([FOUND]);
    await notebook.edit(FORWARD, 'torch.relu', 'torch.tanh');
    await eventually(() => expect(refreshed).toBe(1));
    await notebook.edit(FORWARD, 'return', 'return ');
    await new Promise((done) => setTimeout(done, 300));
    expect(refreshed).toBe(1);
  });

  it('hovers, lenses and the preview are those of the cell', async () => {
    const client = await start();
    const notebook = await openNotebook(client, URI, CELLS);
    const hover = await client.request<Hover>('textDocument/hover', {
      textDocument: { uri: notebook.cell(INIT) },
      position: { line: 5, character: 25 },
    });
    expect(JSON.stringify(hover.contents)).toContain('Glorot uniform');
    expect(hover.range?.start).toEqual({ line: 5, character: 12 });
    const lenses = async (index: number) => {
      const all = await client.request<CodeLens[]>('textDocument/codeLens', { textDocument: { uri: notebook.cell(index) } });
      return all.map(({ range, command }) => [range.start.line, command?.arguments]);
    };
    expect(await lenses(USE)).toEqual([[0, [notebook.cell(USE), 'net']]]);
    expect(await lenses(MODEL)).toEqual([]);
    const data = await client.request<PreviewData>('initlens/preview', { uri: notebook.cell(USE), model: 'net' });
    expect(data).toMatchObject({ uri: URI, models: ['net'], problem: null });
    const dense = data.network!.nodes.find(({ op }) => op.kind === 'dense')!;
    expect(dense.cell).toBe(notebook.cell(MODEL));
    expect(notebook.text(MODEL).slice(dense.start!, dense.end!)).toMatch(/^nn\.Linear/);
    const whole = await client.request<PreviewData>('initlens/preview', { uri: URI });
    expect(whole.network?.name).toBe('net');
    const inspected = await client.request<{ networks: unknown[] }>('initlens/inspect', { uri: notebook.cell(MODEL) });
    expect(inspected.networks).toMatchObject([{ name: 'net', cell: USE + 1, line: 1 }]);
  });

  it('the cursor of a cell says which of several models is previewed', async () => {
    const client = await start();
    const model = (name: string) => `${name} = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1))`;
    const notebook = await openNotebook(client, URI, [{ text: 'from torch import nn' }, { text: model('a') }, { text: model('b') }]);
    const at = async (index: number) =>
      (await client.request<PreviewData>('initlens/preview', { uri: notebook.cell(index), offset: 20 })).network?.name;
    expect([await at(1), await at(2)]).toEqual(['a', 'b']);
  });

  it('of another language, and of no cells, is answered with nothing', async () => {
    const client = await start({ pull: true });
    const notebook = await openNotebook(client, URI, [
      { text: '# Prose', language: 'markdown' },
      { text: 'x <- 1', language: 'r' },
    ]);
    expect(await notebook.pullAll()).toEqual([]);
    expect(await client.request('initlens/preview', { uri: notebook.cell(0) })).toBeNull();
    const empty = await openNotebook(client, 'untitled:Untitled-1.ipynb', []);
    await empty.insert(0, ...CELLS);
    expect(await empty.pullAll()).toEqual([FOUND]);
  });

  it('of an old revision is not looked at', async () => {
    const client = await start({ pull: true });
    const notebook = await openNotebook(client, 'git:/work/deep.ipynb', CELLS);
    expect(await notebook.pullAll()).toEqual([]);
  });
});
