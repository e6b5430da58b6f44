/** The server as a web worker, where there are no processes. */
import * as vscode from 'vscode';
import { LanguageClient } from 'vscode-languageclient/browser';
import { clientOptions, type RunningClient } from './languageClient.ts';

export const createWebClient = (context: vscode.ExtensionContext, log: vscode.LogOutputChannel): RunningClient => {
  const dist = vscode.Uri.joinPath(context.extensionUri, 'dist');
  const script = vscode.Uri.joinPath(dist, 'server.worker.js').toString(true);
  // A function, so that a restart gets a worker of its own.
  const worker = async () => new Worker(script);
  return new LanguageClient('initlens', 'InitLens', worker, {
    ...clientOptions(log),
    initializationOptions: { wasmFolder: dist.toString(true) },
  });
};
