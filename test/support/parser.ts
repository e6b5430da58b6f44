/** A ready parser for tests: `parser.parse('model.py', text)`, and `parse(text)` for short. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceModule } from '../../server/src/syntax/ast.ts';
import { createParser, type SourceParser } from '../../server/src/syntax/parser.ts';
import { nodeGrammars } from '../../server/src/workspace/grammars.node.ts';

const here = dirname(fileURLToPath(import.meta.url));

/** Where the wasm files are in a checkout. */
export const grammarFolder = join(here, '../../node_modules/@vscode/tree-sitter-wasm/wasm');

export const parser: SourceParser = await createParser(nodeGrammars(grammarFolder));

export const parse = (text: string, previous?: SourceModule): SourceModule => parser.parse('model.py', text, previous);
