/** What the command line works with in a Node process, loaded where it is asked for: `--version` waits for nothing. */
import { VERSION } from '../version.ts';
import type { Program } from './main.ts';

export const program: Program = {
  version: VERSION,
  rules: async () => (await import('../rules/registry.ts')).RULES,
  analyzer: async (roots) => {
    const [{ nodeAnalyzer }, { nodeHost }] = await Promise.all([
      import('../workspace/analyzer.node.ts'),
      import('../workspace/host.node.ts'),
    ]);
    return nodeAnalyzer(nodeHost({ roots: () => roots }));
  },
  serve: async () => {
    const [{ serveNode }, { nodePlatform }] = await Promise.all([import('../lsp/serve.node.ts'), import('../lsp/platform.node.ts')]);
    serveNode(nodePlatform);
  },
};
