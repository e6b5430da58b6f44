/** The whole server over a real stdio process: real models, real findings, fixes that are applied and leave nothing behind. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CodeAction, CodeLens, Diagnostic, Hover } from 'vscode-languageserver';
import type { PreviewData } from '../../server/src/protocol.ts';
import { bundleEntry } from '../support/bundle.ts';
import { type ClientOptions, type LspClient, startClient } from '../support/lspClient.ts';

const URI = 'file:///work/model.py';
const TORCH = `import torch
import torch.nn as nn


class Deep(nn.Module):
    def __init__(self, width=256, depth=12):
        super().__init__()
        self.first = nn.Linear(784, width)
        self.hidden = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])
        self.head = nn.Linear(width, 10)
        self.apply(self.reset)

    def reset(self, module):
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)

    def forward(self, x):
        x = torch.relu(self.first(x))
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return self.head(x)
`;
const KERAS = `import keras
from keras import layers

model = keras.Sequential(
    [
        keras.Input(shape=(100,)),
        layers.Dense(256, activation="sigmoid", kernel_initializer="he_normal"),
        layers.Dense(256, activation="sigmoid", kernel_initializer="he_normal"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
`;

let server = '';
const clients: LspClient[] = [];
const folder = mkdtempSync(join(tmpdir(), 'initlens-lsp-'));
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
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rulesOf = (diagnostics: readonly Diagnostic[]): unknown[] => diagnostics.map(({ code }) => code);

const fixesOf = (client: LspClient, uri: string, diagnostic: Diagnostic): Promise<CodeAction[]> =>
  client.request('textDocument/codeAction', {
    textDocument: { uri },
    range: diagnostic.range,
    context: { diagnostics: [diagnostic], only: ['quickfix'] },
  });

const positionOf = (text: string, word: string) => {
  const before = text.slice(0, text.indexOf(word)).split('\n');
  return { line: before.length - 1, character: before.at(-1)!.length + 1 };
};

describe('a model', () => {
  it('is flagged at the initializer, and clean after the preferred fix', async () => {
    const client = await start({ pull: true });
    await client.open(URI, TORCH);
    const found = await client.pull(URI);
    expect(rulesOf(found)).toEqual(['relu-without-he']);
    expect(found[0]?.range.start).toEqual({ line: 14, character: 12 });
    const [fix] = await fixesOf(client, URI, found[0]!);
    expect(fix).toMatchObject({ isPreferred: true, kind: 'quickfix' });
    await client.apply(fix!);
    expect(client.text(URI)).toContain('kaiming');
    expect(await client.pull(URI)).toEqual([]);
  });

  it('in Keras: every fix of every finding, applied in turn, leaves fewer findings', async () => {
    const client = await start({ pull: true });
    await client.open(URI, KERAS);
    const found = await client.pull(URI);
    expect(new Set(rulesOf(found))).toEqual(new Set(['saturating-with-he']));
    const actions = await fixesOf(client, URI, found[0]!);
    expect(actions.length).toBeGreaterThan(1);
    for (const [i, action] of actions.entries()) {
      const uri = `file:///work/keras${i}.py`;
      await client.open(uri, KERAS);
      await client.pull(uri);
      const moved = JSON.parse(JSON.stringify(action).replaceAll(URI, uri)) as CodeAction;
      await client.apply(moved);
      expect(await client.pull(uri), action.title).toHaveLength(found.length - 1);
    }
  });

  it('answers each keystroke as it answers a fresh file', async () => {
    const client = await start({ pull: true });
    await client.open(URI, TORCH);
    const edits: [string, string][] = [
      ['import torch\n', '# a comment\nimport torch\n'],
      ['depth=12', 'depth=20'],
      ['width=256', 'width=64'],
      ['class Deep', 'class Shallow(nn.Module):\n    pass\n\n\nclass Deep'],
      ['torch.relu(layer(x))', 'torch.tanh(layer(x))'],
    ];
    for (const [i, [find, replacement]] of edits.entries()) {
      await client.edit(URI, find, replacement);
      const edited = await client.pull(URI);
      const fresh = `file:///work/fresh${i}.py`;
      await client.open(fresh, client.text(URI));
      const plain = (diagnostics: readonly Diagnostic[]) => diagnostics.map(({ range, code, message }) => ({ range, code, message }));
      expect(plain(edited)).toEqual(plain(await client.pull(fresh)));
    }
  });

  it('keeps its findings while a line is half typed, and where its text now is', async () => {
    const client = await start({ pull: true });
    await client.open(URI, TORCH);
    await client.pull(URI);
    for (const [find, typed] of [
      ['        self.head = nn.Linear(width, 10)\n', '        self.head = nn.Linear(width,\n'],
      ['self.head = nn.Linear(width,\n', 'self.head = nn.\n'],
    ] as const) {
      await client.edit(URI, find, typed);
      const [kept] = await client.pull(URI);
      expect(kept?.code).toBe('relu-without-he');
      expect(kept?.range.start.line).toBe(14);
    }
    await client.edit(URI, 'import torch\n', '\n\nimport torch\n');
    expect((await client.pull(URI))[0]?.range.start.line).toBe(16);
    const lenses = await client.request<CodeLens[]>('textDocument/codeLens', { textDocument: { uri: URI } });
    expect(lenses).toHaveLength(1);
  });

  it('shows its figures in a hover over the layer, the initializer and the activation', async () => {
    const client = await start();
    await client.open(URI, TORCH);
    const hover = async (word: string): Promise<string> => {
      const answer = await client.request<Hover | null>('textDocument/hover', {
        textDocument: { uri: URI },
        position: positionOf(TORCH, word),
      });
      return (answer?.contents as { value: string } | undefined)?.value ?? '';
    };
    const layer = await hover('nn.Linear(784');
    expect(layer).toContain('**Linear** in Deep');
    expect(layer).toMatch(/\| `first` \| 784 \| 256 \| 0\.0438\d \|/);
    expect(layer).toContain('Next activation: **ReLU**');
    const initializer = await hover('nn.init.xavier_uniform_');
    expect(initializer).toContain('Glorot uniform');
    expect(initializer).toContain('U(±√(6 / (fan_in + fan_out)))');
    expect(initializer).toContain('relu-without-he.md');
    expect(await hover('torch.relu(self')).toContain('**ReLU**');
  });

  it('has a lens and a network for the preview, with sizes that the panel may set', async () => {
    const client = await start();
    const open = TORCH.replace('width=256, depth=12', 'width, depth=3');
    await client.open(URI, open);
    const lenses = await client.request<CodeLens[]>('textDocument/codeLens', { textDocument: { uri: URI } });
    expect(lenses[0]?.command?.title).toMatch(/^▶ Preview activations · 5 layers/);
    expect(lenses[0]?.command?.arguments).toEqual([URI, 'Deep']);
    const assumed = await client.request<PreviewData>('initlens/preview', { uri: URI });
    expect(assumed.network?.assumed.map(({ name }) => name)).toEqual(['width']);
    const data = await client.request<PreviewData>('initlens/preview', { uri: URI, model: 'Deep', sizes: { width: 48 } });
    expect(data.network?.assumed).toEqual([{ name: 'width', value: 48, why: 'given' }]);
    const dense = data.network!.nodes.filter(({ op }) => op.kind === 'dense');
    expect(dense.map(({ shape }) => shape)).toEqual([[48], [48], [48], [48], [10]]);
    expect(dense[0]?.params.map(({ shape }) => shape)).toEqual([[48, 784], [48]]);
    expect(JSON.stringify(data.network?.nodes)).not.toContain('"kind":"symbol"');
    expect(dense.every(({ predicted }) => (predicted?.rms ?? 0) > 0 && (predicted?.gradientRms ?? 0) > 0)).toBe(true);
    expect(data.network?.verdict.length).toBeGreaterThan(10);
  });
});

describe('a workspace', () => {
  it('shows a finding in the imported file that has the initializer', async () => {
    const roots = [pathToFileURL(folder).href];
    const inits = TORCH.slice(TORCH.indexOf('    def reset'), TORCH.indexOf('    def forward'))
      .replaceAll('\n    ', '\n')
      .replace('    def reset(self, module)', 'def reset(module)');
    writeFileSync(join(folder, 'inits.py'), `import torch.nn as nn\n\n\n${inits}`);
    const model = TORCH.replace(/ {4}def reset[\s\S]*?(?= {4}def forward)/, '')
      .replace('self.apply(self.reset)', 'self.apply(reset)')
      .replace('import torch\n', 'import torch\nfrom inits import reset\n');
    const [modelUri, initsUri] = ['model.py', 'inits.py'].map((name) => pathToFileURL(join(folder, name)).href) as [string, string];
    const client = await start({ roots });
    await client.open(initsUri, readFileSync(join(folder, 'inits.py'), 'utf8'));
    await client.open(modelUri, model);
    await client.pushed(modelUri);
    const shown = () => client.published.findLast(({ uri }) => uri === initsUri)?.diagnostics ?? [];
    await vi.waitFor(() => expect(rulesOf(shown())).toEqual(['relu-without-he']), { timeout: 15_000 });
  });

  it('says nothing of a document that an edit elsewhere did not touch', async () => {
    const client = await start();
    const other = 'file:///work/other.py';
    await client.open(other, TORCH.replace('Deep', 'Other'));
    await client.pushed(other);
    await client.open(URI, TORCH);
    await client.edit(URI, 'depth=12', 'depth=16');
    await client.pushed(URI);
    const said = () =>
      client.notifications.filter(({ method, params }) => method === 'initlens/changed' && JSON.stringify(params).includes(other));
    await new Promise((done) => setTimeout(done, 1500));
    expect(said()).toHaveLength(1);
  });

  it('reads a notebook cell on its own', async () => {
    const client = await start();
    const cell = 'vscode-notebook-cell:/work/a.ipynb#W1sZmlsZQ%3D%3D';
    await client.open(cell, `%matplotlib inline\n!pip install torch\n${TORCH}`);
    expect(rulesOf(await client.pushed(cell))).toEqual(['relu-without-he']);
  });
});

describe('text that means trouble', () => {
  it.each([
    ['nothing', ''],
    ['a brace', '{'],
    ['binary', '\u0000\u0001\ufffd'.repeat(1000)],
    ['deep nesting', `x = ${'('.repeat(20_000)}`],
    ['endless recursion', 'def f(x):\n    return f(f(x))\nf(1)\nwhile True:\n    f(2)\n'],
    ['lone surrogates', 'x = "\ud800"\nimport torch.nn as nn\nnet = nn.Sequential(nn.Linear(3, "\udfff"))\n'],
  ])('is answered: %s', async (_, text) => {
    const client = await start({ pull: true });
    await client.open(URI, text);
    expect(await client.pull(URI)).toEqual([]);
    await client.open('file:///work/other.py', TORCH);
    expect(rulesOf(await client.pull('file:///work/other.py'))).toEqual(['relu-without-he']);
  });
});
