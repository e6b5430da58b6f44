/** The analyzer in a Node process, with the wasm files that lie beside the bundle. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Analyzer, createAnalyzer } from '../analyze.ts';
import { createParser } from '../syntax/parser.ts';
import type { Host } from '../text/host.ts';
import { nodeGrammars } from './grammars.node.ts';

export const nodeAnalyzer = async (host: Host): Promise<Analyzer> =>
  createAnalyzer(host, await createParser(nodeGrammars(dirname(fileURLToPath(import.meta.url)))));
