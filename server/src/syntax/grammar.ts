/**
 * The door to tree-sitter: loads its wasm runtime and grammars from bytes that the caller supplies, parses a text and copies the
 * tree into {@link CstNode}s. No tree outlives the call, so wasm memory does not grow with the number of edits.
 */
import * as TreeSitter from '@vscode/tree-sitter-wasm';
import type { Language } from './ast.ts';
import { type CstNode, leaf, maxDepth } from './cst.ts';

type Awaitable<T> = T | Promise<T>;

/** Where the wasm comes from: Node's fs, a fetch in the browser, or a test. */
export interface GrammarSource {
  /** Bytes of tree-sitter.wasm. */
  runtime(): Awaitable<Uint8Array>;
  /** Bytes of tree-sitter-<language>.wasm, or undefined where that language is not shipped. */
  grammar(language: Language): Awaitable<Uint8Array | undefined>;
}

export interface Grammar {
  /** The tree of a text; undefined when the parser gave up (its work is bounded). */
  read(text: string): ParsedTree | undefined;
}

export interface ParsedTree {
  readonly root: CstNode;
  readonly hasError: boolean;
}

/** Progress reports (one per about a hundred parser steps) before a parse is abandoned. */
const maxProgress = 200_000;

/** Not part of any language's meaning. */
const trivia: ReadonlySet<string> = new Set(['comment', 'line_continuation']);

/** Nodes whose inside the lowering reads from the text itself. */
const opaqueToReader: ReadonlySet<string> = new Set(['string_content', 'type_conversion']);

let runtimeReady: Promise<void> | undefined;

/** tree-sitter's runtime is one per process; a second source for it is not asked. */
const startRuntime = (source: GrammarSource): Promise<void> => {
  runtimeReady ??= (async () => {
    const options = { wasmBinary: await source.runtime(), locateFile: (file: string) => file };
    await TreeSitter.Parser.init(options);
  })();
  return runtimeReady;
};

export const loadGrammar = async (source: GrammarSource, language: Language): Promise<Grammar | undefined> => {
  await startRuntime(source);
  const bytes = await source.grammar(language);
  if (!bytes) return undefined;
  const loaded = await TreeSitter.Language.load(bytes);
  const parser = new TreeSitter.Parser();
  parser.setLanguage(loaded);
  const isNamed = loaded.types.map((_, id) => loaded.nodeTypeIsNamed(id));
  return {
    read: (text) => {
      let progress = 0;
      const progressCallback = (): boolean => ++progress > maxProgress;
      const tree = parser.parse(text, null, { progressCallback });
      if (!tree) {
        parser.reset();
        return undefined;
      }
      const root = tree.rootNode;
      const cursor = tree.walk();
      const parsed = { root: copyTree(cursor, loaded.types, isNamed), hasError: root.hasError };
      cursor.delete();
      tree.delete();
      return parsed;
    },
  };
};

const copyTree = (cursor: TreeSitter.TreeCursor, types: readonly string[], isNamed: readonly boolean[]): CstNode => {
  const copy = (depth: number): CstNode | undefined => {
    const id = cursor.nodeTypeId;
    const type = types[id] ?? 'ERROR';
    if (trivia.has(type)) return undefined;
    const start = cursor.startIndex;
    const end = cursor.endIndex;
    const token = isNamed[id] === false;
    if (token) return leaf(type, true, start, end, start === end && cursor.nodeIsMissing);
    if (opaqueToReader.has(type)) return leaf(type, false, start, end, false);
    if (!cursor.gotoFirstChild()) return leaf(type, false, start, end, start === end && cursor.nodeIsMissing);
    if (depth >= maxDepth) {
      cursor.gotoParent();
      return leaf('too deep', false, start, end, false);
    }
    const children: CstNode[] = [];
    do {
      const child = copy(depth + 1);
      if (child) children.push(child);
    } while (cursor.gotoNextSibling());
    cursor.gotoParent();
    return { type, token: false, start, end, missing: false, children };
  };
  return copy(0) ?? leaf('module', false, 0, 0, false);
};
