/** The server's surroundings in a Node process. */
import process from 'node:process';
import { VERSION } from '../version.ts';
import { environmentRoots, projectEnvironment } from '../workspace/environment.ts';
import { nodeHost } from '../workspace/host.node.ts';
import type { Platform } from './platform.ts';

export const nodePlatform: Platform = {
  version: VERSION,
  host: nodeHost,
  environment: (path, roots) => {
    const disk = nodeHost({ roots: () => [] });
    const { VIRTUAL_ENV, CONDA_PREFIX } = process.env;
    return path === '' ? projectEnvironment(disk, roots, VIRTUAL_ENV ?? CONDA_PREFIX) : environmentRoots(disk, path);
  },
  // Loaded when asked for: the tables of the analysis need not be built before the editor has its answer to `initialize`.
  analyzer: async (host) => (await import('../workspace/analyzer.node.ts')).nodeAnalyzer(host),
};
