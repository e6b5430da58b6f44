/** The language server as a Node process: `node server.cjs --stdio`. */
import { nodePlatform } from './lsp/platform.node.ts';
import { serveNode } from './lsp/serve.node.ts';

serveNode(nodePlatform);
