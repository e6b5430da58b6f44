/** The server as a Node process beside the extension host. */
import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import { clientOptions, type RunningClient } from './languageClient.ts';

export const createNodeClient = (context: vscode.ExtensionContext, log: vscode.LogOutputChannel): RunningClient => {
  const module = vscode.Uri.joinPath(context.extensionUri, 'dist', 'server.cjs').fsPath;
  const run = { module, transport: TransportKind.ipc };
  const debug = { ...run, options: { execArgv: ['--nolazy', '--inspect=6019'] } };
  return new LanguageClient('initlens', 'InitLens', { run, debug }, clientOptions(log));
};
