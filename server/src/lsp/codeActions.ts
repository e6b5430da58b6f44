/** Quick fixes with their edits inside, the suppression last, and `source.fixAll.initlens` for what changes nothing numerically. */
import { type CodeAction, CodeActionKind, type CodeActionParams, type Diagnostic, type WorkspaceEdit } from 'vscode-languageserver';
import type { Fix, TextEdit } from '../frameworks/fix.ts';
import { type DiagnosticData, findingKey, toDiagnostic } from './diagnostics.ts';
import { FIX_ALL } from './kinds.ts';
import type { Located, Session, Target } from './session.ts';
import { suppression } from './suppression.ts';

/** `only` asks for a kind and everything under it. */
const wants = (only: readonly string[] | undefined, kind: string): boolean =>
  only === undefined || only.some((asked) => asked === '' || kind === asked || kind.startsWith(`${asked}.`));

const workspaceEdit = (edits: readonly TextEdit[], session: Session): WorkspaceEdit | null => {
  const changes: NonNullable<WorkspaceEdit['changes']> = {};
  for (const edit of edits) {
    const placed = session.edit(edit);
    if (!placed) return null;
    const { uri, range, newText } = placed;
    changes[uri] ??= [];
    changes[uri].push({ range, newText });
  }
  return { changes };
};

/** The client's own copy of the diagnostic where it sent one, so that it can link the action to its squiggle. */
const linked = (located: Located, diagnostic: Diagnostic, sent: readonly Diagnostic[]): Diagnostic => {
  const key = findingKey(located);
  const dataKey = (data: Partial<DiagnosticData> | undefined) => data?.key;
  return (
    sent.find((one) => dataKey(one.data) === key) ??
    sent.find(
      (one) =>
        one.code === diagnostic.code &&
        one.range.start.line === diagnostic.range.start.line &&
        one.range.start.character === diagnostic.range.start.character,
    ) ??
    diagnostic
  );
};

const quickFixes = (target: Target, params: CodeActionParams, session: Session): CodeAction[] => {
  const { document, snapshot } = target;
  const from = snapshot.offsetAt(document, params.range.start);
  const to = snapshot.offsetAt(document, params.range.end);
  const fixes: CodeAction[] = [];
  const ignores: CodeAction[] = [];
  for (const located of session.findings(document.uri)) {
    if (located.end < from || located.start > to) continue;
    const diagnostic = linked(located, toDiagnostic(located, session), params.context.diagnostics);
    for (const fix of session.fixes(located)) {
      const edit = workspaceEdit(fix.edits, session);
      if (!edit || fix.edits.length === 0) continue;
      fixes.push({
        title: fix.title,
        kind: CodeActionKind.QuickFix,
        diagnostics: [diagnostic],
        edit,
        ...(fix.preferred ? { isPreferred: true } : {}),
      });
    }
    ignores.push({
      title: `Ignore ${located.finding.rule} on this line`,
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnostic],
      edit: { changes: { [document.uri]: [suppression(document, located.range.start.line, located.finding.rule)] } },
    });
  }
  return [...fixes, ...ignores];
};

const overlaps = (a: TextEdit, b: TextEdit): boolean =>
  a.file === b.file && ((a.start < b.end && b.start < a.end) || (a.start === b.start && a.end === b.end && a.text !== b.text));

/** Safe fixes of one document that do not get in each other's way, first come first served; an import that two need is added once. */
export const fixAllEdits = (fixes: readonly Fix[]): readonly TextEdit[] => {
  const chosen: TextEdit[] = [];
  for (const fix of fixes) {
    if (fix.edits.some((edit) => chosen.some((other) => overlaps(edit, other)))) continue;
    for (const edit of fix.edits) {
      const twice = chosen.some((other) => other.file === edit.file && other.start === edit.start && other.text === edit.text);
      if (!twice) chosen.push(edit);
    }
  }
  return chosen;
};

const fixAll = (target: Target, session: Session): CodeAction[] => {
  const safe = session.findings(target.document.uri).flatMap((located) => {
    const fix = session.fixes(located).find((one) => one.safe && one.edits.every((edit) => edit.file === target.file));
    return fix ? [fix] : [];
  });
  const edits = fixAllEdits(safe);
  const edit = edits.length > 0 ? workspaceEdit(edits, session) : null;
  return edit ? [{ title: 'Fix all safe InitLens findings', kind: FIX_ALL, edit }] : [];
};

export const codeActions = (target: Target, params: CodeActionParams, session: Session): CodeAction[] => {
  const { only } = params.context;
  const actions = wants(only, CodeActionKind.QuickFix) ? quickFixes(target, params, session) : [];
  // A source action is offered only where it is asked for: it is no answer to a cursor on a line.
  return only !== undefined && wants(only, FIX_ALL) ? [...actions, ...fixAll(target, session)] : actions;
};
