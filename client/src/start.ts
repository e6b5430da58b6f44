/** What the extension does in every runtime: starts the server, registers features, says what goes wrong. */
import * as vscode from 'vscode';
import { registerCommands } from './features/commands.ts';
import { registerInterpreter } from './features/interpreter.ts';
import { registerPreview } from './features/preview.ts';
import { registerStatus } from './features/status.ts';
import type { RunningClient } from './languageClient.ts';

export type CreateClient = (context: vscode.ExtensionContext, log: vscode.LogOutputChannel) => RunningClient;

let running: RunningClient | null = null;

export const start = async (context: vscode.ExtensionContext, createClient: CreateClient): Promise<void> => {
  const log = vscode.window.createOutputChannel('InitLens', { log: true });
  context.subscriptions.push(log);
  try {
    running = createClient(context, log);
  } catch (error) {
    log.error(error instanceof Error ? error : String(error));
    void vscode.window.showErrorMessage('InitLens could not create its language server; the log says why.');
    return;
  }
  const status = registerStatus(context, running);
  const preview = registerPreview(context, running);
  registerCommands(context, running, preview, log);
  const interpreter = registerInterpreter(context, running);
  try {
    await running.start();
    // Of no use to anybody when it fails, and no reason to fail.
    void interpreter.tell().catch((error: unknown) => log.warn(String(error)));
  } catch (error) {
    log.error(error instanceof Error ? error : String(error));
    status.failed('The language server did not start');
  }
};

export const stop = async (): Promise<void> => {
  const client = running;
  running = null;
  // A server that is still starting or has died cannot be stopped; there is nothing left to do for it.
  await client?.stop().catch(() => undefined);
};
