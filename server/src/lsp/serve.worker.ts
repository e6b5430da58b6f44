/** The server in a web worker. It sees the open documents only: nothing else can be read there without asking the client. */
import { BrowserMessageReader, BrowserMessageWriter, createConnection, ProposedFeatures } from 'vscode-languageserver/browser';
import type { Analyzer } from '../analyze.ts';
import type { GrammarSource } from '../syntax/grammar.ts';
import { GRAMMAR_FILES } from '../syntax/grammarFiles.ts';
import type { Host } from '../text/host.ts';
import { VERSION } from '../version.ts';
import type { HostSource } from './platform.ts';
import { serve } from './server.ts';

const bufferHost = ({ buffer, roots }: HostSource): Host => ({
  readFile: buffer,
  exists: (file) => buffer(file) !== undefined,
  list: () => [],
  get roots() {
    return roots();
  },
});

/** The client says where the wasm files are: a worker made from a blob does not know where its script came from. */
const grammarsAt = (folder: string): GrammarSource => {
  const load = async (name: string): Promise<Uint8Array | undefined> => {
    const answer = await fetch(`${folder}/${name}`);
    return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
  };
  return {
    runtime: async () => {
      const bytes = await load('tree-sitter.wasm');
      if (!bytes) throw new Error(`tree-sitter.wasm is not at ${folder}`);
      return bytes;
    },
    grammar: (language) => load(GRAMMAR_FILES[language]),
  };
};

const folderOf = (options: unknown): string => {
  if (typeof options === 'object' && options !== null && 'wasmFolder' in options && typeof options.wasmFolder === 'string') {
    return options.wasmFolder.replace(/\/$/, '');
  }
  return '.';
};

/** tree-sitter's script asks a `document` where it was loaded from and gives up without one, which a worker has not. */
const withDocument = async <T>(load: () => Promise<T>): Promise<T> => {
  if ('document' in globalThis) return load();
  Object.defineProperty(globalThis, 'document', { value: { currentScript: null }, configurable: true });
  try {
    return await load();
  } finally {
    Reflect.deleteProperty(globalThis, 'document');
  }
};

const loadAnalyzer = async (host: Host, options: unknown): Promise<Analyzer> => {
  const { createParser } = await withDocument(() => import('../syntax/parser.ts'));
  const { createAnalyzer } = await import('../analyze.ts');
  return createAnalyzer(host, await createParser(grammarsAt(folderOf(options))));
};

export const serveWorker = (): void => {
  const scope = globalThis as unknown as ConstructorParameters<typeof BrowserMessageReader>[0];
  serve(createConnection(ProposedFeatures.all, new BrowserMessageReader(scope), new BrowserMessageWriter(scope)), {
    version: VERSION,
    host: bufferHost,
    analyzer: loadAnalyzer,
  });
};
