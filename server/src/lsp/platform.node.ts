/** The server's surroundings in a Node process. */
import { VERSION } from '../version.ts';
import { nodeHost } from '../workspace/host.node.ts';
import type { Platform } from './platform.ts';

export const nodePlatform: Platform = {
  version: VERSION,
  host: nodeHost,
  // Loaded when asked for: the tables of the analysis need not be built before the editor has its answer to `initialize`.
  analyzer: async (host) => (await import('../workspace/analyzer.node.ts')).nodeAnalyzer(host),
};
