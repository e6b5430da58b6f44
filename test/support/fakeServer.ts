/** The language server over the fake analyzer: tests of the protocol side alone. */
import { serveNode } from '../../server/src/lsp/serve.node.ts';
import { nodeHost } from '../../server/src/workspace/host.node.ts';
import { fakeAnalyzer } from './fakeAnalyzer.ts';

serveNode({ version: '0.0.0', host: nodeHost, analyzer: async () => fakeAnalyzer() });
