/** Which wasm file has a language's grammar; apart from `grammar.ts`, because that loads tree-sitter. */
import type { Language } from './ast.ts';

export const GRAMMAR_FILES: Readonly<Record<Language, string>> = {
  python: 'tree-sitter-python.wasm',
  // TypeScript's grammar with elements reads JavaScript too.
  javascript: 'tree-sitter-tsx.wasm',
};
