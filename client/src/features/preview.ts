/**
 * The preview panel: one webview beside the editor that shows a model's activations. It asks the server for the network, follows the
 * document, and comes back after a reload of the window.
 */
import * as vscode from 'vscode';
import type { FromHost, SavedState, ToHost } from '../../../media/preview/host.ts';
import { Methods, type PreviewData, type PreviewParams } from '../../../server/src/protocol.ts';
import type { LanguageClientLike } from '../languageClient.ts';
import { revealRange, sameUri, sourceUri } from './notebooks.ts';
import { makeNonce, previewHtml } from './previewHtml.ts';

const VIEW_TYPE = 'initlens.preview';
/** Pause in typing after which the preview runs again. */
const FOLLOW_MS = 400;

export interface PreviewFeature {
  open(uri: vscode.Uri, model?: string): Promise<void>;
}

/** What the panel shows: which document, which of its models, with which values for symbols. */
interface Subject {
  readonly uri: string;
  readonly model: string | null;
  readonly sizes: Readonly<Record<string, number>>;
}

export const registerPreview = (context: vscode.ExtensionContext, client: LanguageClientLike): PreviewFeature => {
  const dist = vscode.Uri.joinPath(context.extensionUri, 'dist');
  let panel: vscode.WebviewPanel | null = null;
  let subject: Subject | null = null;
  let ready = false;
  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const post = (message: FromHost): void => {
    if (ready) void panel?.webview.postMessage(message);
  };

  const request = async (): Promise<void> => {
    if (subject === null || !ready) return;
    asked += 1;
    const mine = asked;
    const { uri, model, sizes } = subject;
    const params: PreviewParams = { uri, ...(model === null ? {} : { model }), ...offsetIn(uri), sizes };
    try {
      const data = await client.sendRequest<PreviewData | null>(Methods.preview, params);
      // An answer that a later question has overtaken is old.
      if (mine !== asked || subject?.uri !== uri) return;
      if (data === null) {
        post({ type: 'problem', message: 'InitLens does not read this kind of file.' });
        return;
      }
      if (panel) panel.title = data.network === null ? 'Activations' : `Activations: ${data.network.name}`;
      post({ type: 'data', data });
    } catch (error) {
      if (mine === asked)
        post({ type: 'problem', message: `The language server did not answer: ${error instanceof Error ? error.message : String(error)}` });
    }
  };

  const heard = (message: ToHost): void => {
    switch (message.type) {
      case 'ready':
        ready = true;
        subject ??= message.state?.uri ? fromState(message.state) : null;
        if (subject === null) post({ type: 'problem', message: 'Open a file with a model and run “InitLens: Preview activations”.' });
        else void request();
        break;
      case 'request':
        if (subject === null) break;
        subject = { ...subject, model: message.model, sizes: message.sizes };
        void request();
        break;
      case 'reveal':
        void revealRange(vscode.Uri.parse(message.uri), message.start, message.end, editorOf(message.uri)?.viewColumn);
        break;
      case 'copy':
        void vscode.env.clipboard.writeText(message.text);
    }
  };

  const attach = (attached: vscode.WebviewPanel): void => {
    panel = attached;
    ready = false;
    const { webview } = attached;
    webview.options = { enableScripts: true, localResourceRoots: [dist] };
    const address = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(dist, file)).toString();
    attached.iconPath = vscode.Uri.joinPath(context.extensionUri, 'media', 'icon.png');
    attached.onDidDispose(() => {
      clearTimeout(timer);
      [panel, subject, ready] = [null, null, false];
    });
    webview.onDidReceiveMessage(heard);
    webview.html = previewHtml({
      cspSource: webview.cspSource,
      nonce: makeNonce(),
      script: address('preview.js'),
      style: address('preview.css'),
      worker: address('preview.worker.js'),
      wasm: address('tfjs-backend-wasm-simd.wasm'),
    });
  };

  const changed = ({ uri }: { readonly uri: string }): void => {
    // In a notebook any cell may have changed.
    if (subject === null || !sameUri(sourceUri(vscode.Uri.parse(subject.uri)), vscode.Uri.parse(uri))) return;
    post({ type: 'stale' });
    clearTimeout(timer);
    timer = setTimeout(() => void request(), FOLLOW_MS);
  };

  context.subscriptions.push(
    client.onNotification(Methods.changed, changed),
    vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
      deserializeWebviewPanel: async (restored, state: SavedState | undefined) => {
        subject = state?.uri ? fromState(state) : null;
        attach(restored);
      },
    }),
    { dispose: () => panel?.dispose() },
  );

  return {
    open: async (uri, model) => {
      subject = { uri: uri.toString(), model: model ?? null, sizes: {} };
      if (panel !== null) {
        panel.reveal(undefined, true);
        return request();
      }
      const beside = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
      attach(vscode.window.createWebviewPanel(VIEW_TYPE, 'Activations', beside, { enableScripts: true, localResourceRoots: [dist] }));
    },
  };
};

const fromState = ({ uri, model, sizes }: SavedState): Subject => ({ uri: uri ?? '', model, sizes });

const editorOf = (uri: string): vscode.TextEditor | undefined =>
  vscode.window.visibleTextEditors.find((editor) => sameUri(editor.document.uri, vscode.Uri.parse(uri)));

/** The cursor, which says which of several models is meant where none is named. */
const offsetIn = (uri: string): { readonly offset?: number } => {
  const editor = editorOf(uri);
  return editor === undefined ? {} : { offset: editor.document.offsetAt(editor.selection.active) };
};
