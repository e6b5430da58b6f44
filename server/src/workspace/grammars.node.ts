/** The parser's wasm files from a folder, for Node: `dist/` beside the bundle, `node_modules` in development and tests. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GrammarSource } from '../syntax/grammar.ts';
import { GRAMMAR_FILES } from '../syntax/grammarFiles.ts';

export const nodeGrammars = (folder: string): GrammarSource => ({
  runtime: () => readFile(join(folder, 'tree-sitter.wasm')),
  grammar: async (language) => {
    try {
      return new Uint8Array(await readFile(join(folder, GRAMMAR_FILES[language])));
    } catch {
      return undefined;
    }
  },
});
