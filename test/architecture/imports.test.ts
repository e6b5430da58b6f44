/** Imports run one way (ARCHITECTURE.md), and the analysis sees neither machine nor editor nor clock. */
import { describe, expect, it } from 'vitest';
import { codeOf, type Import, importsOf, readSources } from './sources.ts';

/** What each part of server/src may import, besides itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  text: [],
  syntax: ['text'],
  network: ['text'],
  knowledge: ['network'],
  interpreter: ['syntax', 'text', 'network'],
  frameworks: ['interpreter', 'network', 'knowledge', 'syntax', 'text'],
  signal: ['network', 'knowledge'],
  rules: ['signal', 'network', 'knowledge', 'text'],
  config: ['rules', 'syntax', 'text'],
  analysis: ['text', 'syntax', 'network', 'knowledge', 'interpreter', 'frameworks', 'signal', 'rules', 'config', 'analyze.ts'],
  'analyze.ts': ['text', 'syntax', 'network', 'knowledge', 'interpreter', 'frameworks', 'signal', 'rules', 'config', 'analysis'],
  'protocol.ts': ['network'],
};

/** Adapters: they may import the façade and every type, but no part imports them. */
const adapters = ['workspace', 'lsp', 'cli', 'main.node.ts', 'main.worker.ts', 'main.cli.ts', 'version.ts'];

/** Packages that the analysis may use. The parser is loaded in one folder. */
const packages: Readonly<Record<string, readonly string[]>> = { syntax: ['@vscode/tree-sitter-wasm'] };

const analysis = Object.keys(mayImport).filter((part) => part !== 'protocol.ts');

const serverPart = (path: string): string | null => /^server\/src\/([^/]+)/.exec(path)?.[1] ?? null;

const describeImport = ({ file, specifier }: Import): string => `${file} imports ${specifier}`;

/** Wrong imports inside server/src. */
export function wrongDirections(imports: readonly Import[]): string[] {
  return imports
    .filter(({ file, specifier, target }) => {
      const from = serverPart(file) ?? '';
      const allowed = mayImport[from];
      if (!allowed) return target !== null && target !== 'package.json' && serverPart(target) === null;
      if (target === null) return !(packages[from] ?? []).includes(specifier);
      const to = serverPart(target);
      return to === null || (to !== from && !allowed.includes(to));
    })
    .map(describeImport);
}

/** The DOM needs no pattern: its types are not in tsconfig.json, so it does not compile. */
const forbiddenInAnalysis = [
  /\bMath\.random\b/,
  /\bDate\b/,
  /\bperformance\b/,
  /\bprocess\./,
  /\bconsole\b/,
  /\b(?:setTimeout|setInterval|queueMicrotask)\b/,
  /\bnavigator\b/,
  /\bfetch\(/,
];

const inAnalysis = (file: string): boolean => analysis.includes(serverPart(file) ?? '');

/** A property of ours may be called `document` or `Date`; the global is never written after a dot. */
const globalUse = (code: string, pattern: RegExp): boolean => new RegExp(`(?<![.\\w])${pattern.source}`).test(code);

export function forbiddenGlobals(file: string, text: string): string[] {
  if (!inAnalysis(file)) return [];
  const code = codeOf(text);
  return forbiddenInAnalysis.filter((pattern) => globalUse(code, pattern)).map((pattern) => `${file} uses ${pattern.source}`);
}

const server = readSources('server/src');
const client = readSources('client/src');
const media = readSources('media');

describe('imports', () => {
  it('are found at all', () => {
    expect(server.flatMap(importsOf).length).toBeGreaterThan(50);
    expect(server.some(({ file }) => inAnalysis(file))).toBe(true);
  });

  it('every part of server/src has its place', () => {
    const parts = new Set(server.map(({ file }) => serverPart(file)));
    expect([...parts].filter((part) => part === null || !(part in mayImport || adapters.includes(part)))).toEqual([]);
  });

  it('run one way inside the server', () => {
    expect(wrongDirections(server.flatMap(importsOf))).toEqual([]);
  });

  it('the client takes only the protocol from the server, and the messages from the page', () => {
    const contracts = ['server/src/protocol.ts', 'media/preview/host.ts'];
    const wrong = client
      .flatMap(importsOf)
      .filter(({ target }) => target !== null && !target.startsWith('client/src/') && !contracts.includes(target));
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('the preview page takes only the protocol and the network leaf from the server', () => {
    const wrong = media
      .flatMap(importsOf)
      .filter(
        ({ target }) =>
          target !== null &&
          !target.startsWith('media/') &&
          target !== 'server/src/protocol.ts' &&
          !target.startsWith('server/src/network/'),
      );
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('the preview page knows neither the editor nor Node', () => {
    const wrong = media.flatMap(importsOf).filter(({ specifier }) => specifier === 'vscode' || specifier.startsWith('node:'));
    expect(wrong.map(describeImport)).toEqual([]);
  });
});

describe('nothing is executed and nothing is sent', () => {
  const reaching = /^(?:node:)?(?:child_process|cluster|http|https|http2|net|tls|dgram|vm|inspector)$/;

  it('no part of the product starts processes or opens connections of its own', () => {
    const wrong = [...server, ...client, ...media].flatMap(importsOf).filter(({ specifier }) => reaching.test(specifier));
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('no part of the product talks to a network or evaluates text', () => {
    const code = /\b(?:WebSocket|XMLHttpRequest|EventSource|sendBeacon|importScripts|eval|Function)\s*\(/;
    const wrong = [...server, ...client, ...media].filter(({ text }) => code.test(codeOf(text)));
    expect(wrong.map(({ file }) => file)).toEqual([]);
  });
});

describe('the analysis', () => {
  it('uses no clock, no randomness, no machine and no DOM', () => {
    expect(server.flatMap(({ file, text }) => forbiddenGlobals(file, text))).toEqual([]);
  });

  it('rules never ask which framework a network came from', () => {
    const wrong = server.filter(({ file, text }) => file.startsWith('server/src/rules/') && /\.framework\b/.test(codeOf(text)));
    expect(wrong.map(({ file }) => file)).toEqual([]);
  });
});

describe('this test notices', () => {
  const wrongIn = (file: string, text: string): string[] => wrongDirections(importsOf({ file, text }));

  it.each([
    ['server/src/text/span.ts', "import type { Module } from '../syntax/ast.ts';"],
    ['server/src/rules/constantWeights.ts', "import { parse } from '../syntax/parse.ts';"],
    ['server/src/rules/constantWeights.ts', "import { torch } from '../frameworks/torch/torch.ts';"],
    ['server/src/signal/dense.ts', "import { readFileSync } from 'node:fs';"],
    ['server/src/signal/dense.ts', "import * as tf from '@tensorflow/tfjs';"],
    ['server/src/frameworks/torch/linear.ts', "import { rules } from '../../rules/all.ts';"],
    ['server/src/interpreter/call.ts', "export { connection } from '../lsp/server.ts';"],
    ['server/src/interpreter/call.ts', "const fs = await import('fs');"],
    ['server/src/analyze.ts', "import 'vscode';"],
    ['server/src/lsp/server.ts', "import { activate } from '../../../client/src/extension.ts';"],
    ['server/src/knowledge/gains.ts', "import {\n  one,\n  two,\n} from '../signal/signal.ts';"],
  ])('%s: %s', (file, text) => {
    expect(wrongIn(file, text)).toHaveLength(1);
  });

  it('but not what is allowed, nor what a comment says', () => {
    expect(wrongIn('server/src/rules/one.ts', "import type { Network } from '../network/network.ts';")).toEqual([]);
    expect(wrongIn('server/src/text/span.ts', "// import x from '../rules/rule.ts'\nexport const a = 1;")).toEqual([]);
  });

  it.each(['const x = Math.random();', `const t = \`\${Date.now()}\`;`, 'performance.now()', 'console.log(1)', 'navigator.gpu'])(
    '%s',
    (code) => {
      expect(forbiddenGlobals('server/src/signal/x.ts', code)).toHaveLength(1);
    },
  );

  it('but not a property or a comment of that name', () => {
    expect(forbiddenGlobals('server/src/signal/x.ts', "// Date.now()\nconst s = 'Math.random'; a.navigator.gpu;")).toEqual([]);
    expect(forbiddenGlobals('server/src/lsp/x.ts', 'Date.now()')).toEqual([]);
  });
});
