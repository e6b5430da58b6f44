/** The edit that silences a rule on a line: `# initlens: ignore[rule]` (`//` in JavaScript), into a comment that is there or as a new one. */
import type { TextEdit } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { languageOf } from '../syntax/languages.ts';

const COMMENT = /(?:#|\/\/)\s*initlens:\s*ignore\[([^\]]*)\]/;

export const suppression = (document: TextDocument, line: number, rule: string): TextEdit => {
  const text = document.getText({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } }).replace(/[\r\n]+$/, '');
  const mark = languageOf(document.uri) === 'javascript' ? '//' : '#';
  const insert = (character: number, newText: string): TextEdit => ({
    range: { start: { line, character }, end: { line, character } },
    newText,
  });
  const present = COMMENT.exec(text);
  if (present) {
    const end = present.index + present[0].length - 1;
    return insert(end, present[1]!.trim() === '' ? rule : `, ${rule}`);
  }
  // Nothing may follow a backslash that continues a line: the comment goes above.
  if (text.endsWith('\\')) return insert(0, `${/^\s*/.exec(text)![0]}${mark} initlens: ignore[${rule}]\n`);
  const code = text.trimEnd();
  return {
    range: { start: { line, character: code.length }, end: { line, character: text.length } },
    newText: `  ${mark} initlens: ignore[${rule}]`,
  };
};
