/** What the command line works with in a Node process. The server is loaded only where it is asked for. */
import { RULES } from '../rules/registry.ts';
import { VERSION } from '../version.ts';
import { nodeAnalyzer } from '../workspace/analyzer.node.ts';
import { nodeHost } from '../workspace/host.node.ts';
import type { Program } from './main.ts';

export const program: Program = {
  version: VERSION,
  rules: RULES,
  analyzer: (roots) => nodeAnalyzer(nodeHost({ roots: () => roots })),
  serve: async () => {
    const [{ serveNode }, { nodePlatform }] = await Promise.all([import('../lsp/serve.node.ts'), import('../lsp/platform.node.ts')]);
    serveNode(nodePlatform);
  },
};
