/** Tells the server which Python the author chose in the Python extension, where that is there and its environment may be read. */
import * as vscode from 'vscode';
import { Methods } from '../../../server/src/protocol.ts';
import type { RunningClient } from '../languageClient.ts';

/** What we use of the extension's public API. */
interface PythonApi {
  readonly environments?: {
    getActiveEnvironmentPath(): { readonly path: string };
    readonly onDidChangeActiveEnvironmentPath: vscode.Event<{ readonly path: string }>;
  };
}

const allowed = (): boolean => vscode.workspace.getConfiguration('initlens').get('python.readEnvironment') === true;

export const registerInterpreter = (context: vscode.ExtensionContext, client: RunningClient): { tell(): Promise<void> } => {
  let listening = false;
  const tell = async (): Promise<void> => {
    if (!allowed()) return;
    const python = vscode.extensions.getExtension<PythonApi>('ms-python.python');
    const environments = (python?.isActive ? python.exports : await python?.activate())?.environments;
    if (!environments) return;
    const send = (path: string): void => void client.sendNotification(Methods.interpreter, { path }).catch(() => undefined);
    send(environments.getActiveEnvironmentPath().path);
    if (listening) return;
    listening = true;
    context.subscriptions.push(environments.onDidChangeActiveEnvironmentPath(({ path }) => send(path)));
  };
  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('initlens.python')) void tell();
    }),
  );
  return { tell };
};
