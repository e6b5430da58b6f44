/** "Show network": what the analysis believes of a document, as a read-only document that follows it. */
import * as vscode from 'vscode';
import { Methods } from '../../../server/src/protocol.ts';
import type { LanguageClientLike } from '../languageClient.ts';
import { sourceUri } from './notebooks.ts';

const SCHEME = 'initlens-network';

const viewOf = (uri: vscode.Uri): vscode.Uri => {
  const source = sourceUri(uri);
  const name = source.path.split('/').at(-1) || 'network';
  return vscode.Uri.from({ scheme: SCHEME, path: `/${name}.json`, query: source.toString() });
};

export const registerNetworkView = (context: vscode.ExtensionContext, client: LanguageClientLike): ((uri: vscode.Uri) => Promise<void>) => {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const provider: vscode.TextDocumentContentProvider = {
    onDidChange: changed.event,
    provideTextDocumentContent: async ({ query }) => {
      const network = await client.sendRequest<unknown>(Methods.inspect, { uri: query });
      return network === null ? 'The document is not open, or no model was found in it.' : JSON.stringify(network, null, 2);
    },
  };
  context.subscriptions.push(
    changed,
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, provider),
    client.onNotification<{ readonly uri: string }>(Methods.changed, ({ uri }) => {
      const view = viewOf(vscode.Uri.parse(uri)).toString();
      const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === view);
      if (open) changed.fire(open.uri);
    }),
  );
  return async (uri) => {
    const document = await vscode.workspace.openTextDocument(viewOf(uri));
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preview: true });
  };
};
