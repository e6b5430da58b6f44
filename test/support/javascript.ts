/** The parser of tests with JavaScript's grammar loaded. */
import type { SourceModule } from '../../server/src/syntax/ast.ts';
import { parser } from './parser.ts';

await parser.load('javascript');

export { parser };

export const parseJs = (text: string, previous?: SourceModule): SourceModule => parser.parse('model.ts', text, previous);
