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
  /** Bytes of the language's file ({@link GRAMMAR_FILES}), or undefined where it is not shipped. */
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

/** Progress reports (one per about a hundred parser steps) before a parse is abandoned; sound text takes a third of this. */
const maxProgress = (length: number): number => 500 + length / 10;

/** Not part of any language's meaning. */
const trivia: ReadonlySet<string> = new Set(['comment', 'line_continuation', 'html_comment']);

/** Nodes without children, and nodes whose inside the lowering reads from the text itself: their children are not asked for. */
const leafTypes: ReadonlySet<string> = new Set([
  'identifier',
  'integer',
  'float',
  'true',
  'false',
  'none',
  'ellipsis',
  'string_start',
  'string_content',
  'string_end',
  'type_conversion',
  'pass_statement',
  'number',
  'null',
  'undefined',
  'this',
  'super',
  'regex',
  'property_identifier',
  'private_property_identifier',
  'shorthand_property_identifier',
  'shorthand_property_identifier_pattern',
  'statement_identifier',
  'type_identifier',
  'string_fragment',
  'type_annotation',
  'type_arguments',
  'type_parameters',
  'interface_declaration',
  'type_alias_declaration',
  'ambient_declaration',
  'implements_clause',
  'jsx_element',
  'jsx_self_closing_element',
  'optional_chain',
]);

/** What is known of a node by its type id alone. */
interface NodeType {
  readonly type: string;
  readonly isTrivia: boolean;
  readonly isToken: boolean;
  readonly isLeaf: boolean;
  /** The node for a token of a sound tree. */
  readonly token: CstNode;
}

const nodeTypesOf = (language: TreeSitter.Language): readonly NodeType[] =>
  language.types.map((type, id) => ({
    type,
    isTrivia: trivia.has(type),
    isToken: !language.nodeTypeIsNamed(id),
    isLeaf: leafTypes.has(type),
    token: leaf(type, true, -1, -1, false),
  }));

const errorType: NodeType = { type: 'ERROR', isTrivia: false, isToken: false, isLeaf: false, token: leaf('ERROR', true, -1, -1, false) };

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
  const types = nodeTypesOf(loaded);
  return {
    read: (text) => {
      let progress = 0;
      const limit = maxProgress(text.length);
      const progressCallback = (): boolean => ++progress > limit;
      const tree = parser.parse(text, null, { progressCallback });
      if (!tree) {
        parser.reset();
        return undefined;
      }
      const hasError = tree.rootNode.hasError;
      const cursor = tree.walk();
      const parsed = { root: copyTree(cursor, types, hasError), hasError };
      cursor.delete();
      tree.delete();
      return parsed;
    },
  };
};

/** Copies the tree under a cursor. In wasm each question costs about as much as ten lines here, so few are asked. */
const copyTree = (cursor: TreeSitter.TreeCursor, types: readonly NodeType[], hasError: boolean): CstNode => {
  const copy = (depth: number): CstNode | undefined => {
    const { type, isTrivia, isToken, isLeaf, token } = types[cursor.nodeTypeId] ?? errorType;
    if (isTrivia) return undefined;
    if (isToken && !hasError) return token;
    const start = cursor.startIndex;
    const end = cursor.endIndex;
    const missing = hasError && start === end && cursor.nodeIsMissing;
    if (isToken || isLeaf || !cursor.gotoFirstChild()) return leaf(type, isToken, start, end, missing);
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
