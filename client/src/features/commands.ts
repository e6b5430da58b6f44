/** The extension's commands. */
import * as vscode from 'vscode';
import type { RunningClient } from '../languageClient.ts';
import { registerNetworkView } from './networkView.ts';

export interface Preview {
  open(uri: vscode.Uri, model?: string): Promise<void>;
}

/** A code lens hands over text, the editor's title bar a URI, the palette nothing. */
const targetOf = (argument: unknown): vscode.Uri | undefined => {
  if (argument instanceof vscode.Uri) return argument;
  if (typeof argument === 'string') return vscode.Uri.parse(argument);
  // In a notebook the cursor need not be in a cell.
  return vscode.window.activeTextEditor?.document.uri ?? vscode.window.activeNotebookEditor?.notebook.uri;
};

const noDocument = (): void => void vscode.window.showInformationMessage('InitLens: open a Python file with a model first.');

interface RulePage {
  readonly rule: string;
  readonly page: vscode.Uri;
}

/** Rules that the open document breaks, those at the cursor first. */
const rulesAtHand = (): readonly RulePage[] => {
  const editor = vscode.window.activeTextEditor;
  if (!editor) return [];
  const line = editor.selection.active.line;
  const far = ({ range }: vscode.Diagnostic) => Math.abs(range.start.line - line);
  const pages = new Map<string, RulePage>();
  const own = vscode.languages.getDiagnostics(editor.document.uri).filter(({ source }) => source === 'InitLens');
  for (const { code } of own.sort((a, b) => far(a) - far(b))) {
    if (typeof code !== 'object') continue;
    const rule = String(code.value);
    if (!pages.has(rule)) pages.set(rule, { rule, page: code.target });
  }
  return [...pages.values()];
};

const explainRule = async (argument: unknown): Promise<void> => {
  const rules = rulesAtHand();
  if (rules.length === 0) {
    void vscode.window.showInformationMessage('InitLens: this document has no findings to explain.');
    return;
  }
  const asked = rules.find(({ rule }) => rule === argument);
  const items = rules.map(({ rule, page }) => ({ label: rule, page }));
  const chosen = asked ?? (await vscode.window.showQuickPick(items, { placeHolder: 'A rule to read about' }));
  if (chosen) await vscode.env.openExternal(chosen.page);
};

export const registerCommands = (
  context: vscode.ExtensionContext,
  client: RunningClient,
  preview: Preview,
  log: vscode.LogOutputChannel,
): void => {
  const showNetwork = registerNetworkView(context, client);
  const commands: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
    'initlens.previewActivations': (argument, model) => {
      const uri = targetOf(argument);
      return uri ? preview.open(uri, typeof model === 'string' ? model : undefined) : noDocument();
    },
    'initlens.showNetwork': (argument) => {
      const uri = targetOf(argument);
      return uri ? showNetwork(uri) : noDocument();
    },
    'initlens.explainRule': explainRule,
    'initlens.restartServer': async () => {
      await client.stop().catch((error: unknown) => log.error(String(error)));
      await client.start();
    },
    'initlens.showLog': () => log.show(),
  };
  for (const [name, run] of Object.entries(commands)) context.subscriptions.push(vscode.commands.registerCommand(name, run));
};
