/** The server over stdio, node IPC, a pipe or a socket, as the arguments say; stdio when they say nothing. */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import type { Platform } from './platform.ts';
import { serve } from './server.ts';

const TRANSPORT = /^--(stdio|node-ipc|pipe|socket)(=|$)/;

export const serveNode = (platform: Platform): void => {
  if (!process.argv.some((argument) => TRANSPORT.test(argument))) process.argv.push('--stdio');
  // stdout belongs to the protocol and an editor loses every feature with the process: say it on stderr and go on.
  process.on('uncaughtException', (error) => process.stderr.write(`InitLens: ${error.stack ?? error.message}\n`));
  process.on('unhandledRejection', (reason) => process.stderr.write(`InitLens: ${String(reason)}\n`));
  serve(createConnection(ProposedFeatures.all), platform);
};
