/** The language server as a web worker. */
import { serveWorker } from './lsp/serve.worker.ts';

serveWorker();
