/** The language status item: what the server does, and what it found in the document at hand. */
import * as vscode from 'vscode';
import { Methods, type StatusParams } from '../../../server/src/protocol.ts';
import { DOCUMENTS, type LanguageClientLike } from '../languageClient.ts';
import { sourceUri } from './notebooks.ts';

export interface Status {
  failed(message: string): void;
}

interface Counts {
  readonly networks: number;
  readonly findings: number;
}

const MAX_REMEMBERED = 200;

const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;

export const registerStatus = (context: vscode.ExtensionContext, client: LanguageClientLike): Status => {
  const item = vscode.languages.createLanguageStatusItem('initlens.status', DOCUMENTS);
  item.name = 'InitLens';
  item.command = { title: 'Open log', command: 'initlens.showLog' };
  const counts = new Map<string, Counts>();
  let state: StatusParams['state'] = 'starting';
  let message = '';

  const show = (): void => {
    item.busy = state === 'starting' || state === 'busy';
    item.severity = state === 'error' ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
    if (state === 'error') {
      item.text = '$(error) InitLens';
      item.detail = message;
      return;
    }
    item.text = state === 'starting' ? 'InitLens: starting' : 'InitLens';
    const active = vscode.window.activeTextEditor?.document.uri;
    const known = active === undefined ? undefined : counts.get(sourceUri(active).toString());
    item.detail = known ? `${count(known.networks, 'network')} · ${count(known.findings, 'finding')}` : message;
  };

  context.subscriptions.push(
    item,
    vscode.window.onDidChangeActiveTextEditor(show),
    client.onNotification<StatusParams>(Methods.status, (params) => {
      state = params.state;
      message = params.message;
      if (params.uri !== undefined) {
        // The server's spelling of a URI need not be the editor's.
        const key = vscode.Uri.parse(params.uri).toString();
        if (counts.size >= MAX_REMEMBERED) counts.clear();
        counts.set(key, { networks: params.networks ?? 0, findings: params.findings ?? 0 });
      }
      show();
    }),
  );
  show();
  return {
    failed: (why) => {
      state = 'error';
      message = why;
      show();
    },
  };
};
