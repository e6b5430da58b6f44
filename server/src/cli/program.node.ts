/** What the command line works with in a Node process, loaded where it is asked for: `--version` waits for nothing. */
import process from 'node:process';
import { VERSION } from '../version.ts';
import { UsageError } from './io.ts';
import type { Program } from './main.ts';
import { keyOf } from './paths.ts';

export const program: Program = {
  version: VERSION,
  rules: async () => (await import('../rules/registry.ts')).RULES,
  analyzer: async (roots, path) => {
    const [{ nodeAnalyzer }, { nodeHost }, { environmentRoots }] = await Promise.all([
      import('../workspace/analyzer.node.ts'),
      import('../workspace/host.node.ts'),
      import('../workspace/environment.ts'),
    ]);
    const place = path === undefined ? undefined : keyOf(path, process.cwd());
    const environment = place === undefined ? [] : environmentRoots(nodeHost({ roots: () => [] }), place);
    if (place !== undefined && environment.length === 0)
      throw new UsageError(`--environment: no Python packages are installed in '${path}'`);
    return nodeAnalyzer(nodeHost({ roots: () => roots, environment: () => environment }));
  },
  serve: async () => {
    const [{ serveNode }, { nodePlatform }] = await Promise.all([import('../lsp/serve.node.ts'), import('../lsp/platform.node.ts')]);
    serveNode(nodePlatform);
  },
};
