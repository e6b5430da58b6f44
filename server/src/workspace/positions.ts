/**
 * Line and column of offsets, UTF-16 units, both 0-based as LSP counts them. `\n`, `\r\n` and a lone `\r` end a line.
 * Only adapters (`lsp/`, `cli/`) ask; a `TextDocument` of an open file answers the same questions and fits the same type.
 */

export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Positions {
  positionAt(offset: number): Position;
  offsetAt(position: Position): number;
}

export interface LineIndex extends Positions {
  readonly lineCount: number;
  /** Text of a line without its end; empty past the last line. */
  lineText(line: number): string;
}

const CR = 13;
const LF = 10;

const lineStarts = (text: string): readonly number[] => {
  const starts = [0];
  if (!text.includes('\r')) {
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
    return starts;
  }
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === CR && text.charCodeAt(i + 1) === LF) i++;
    if (unit === CR || unit === LF) starts.push(i + 1);
  }
  return starts;
};

export const lineIndex = (text: string): LineIndex => {
  const starts = lineStarts(text);
  const endOf = (line: number): number => {
    let end = starts[line + 1] ?? text.length;
    while (end > starts[line]! && (text.charCodeAt(end - 1) === LF || text.charCodeAt(end - 1) === CR)) end--;
    return end;
  };
  return {
    lineCount: starts.length,
    lineText: (line) => (line < 0 || line >= starts.length ? '' : text.slice(starts[line], endOf(line))),
    positionAt: (offset) => {
      const at = Math.max(0, Math.min(offset, text.length));
      let low = 0;
      let high = starts.length;
      while (low + 1 < high) {
        const middle = (low + high) >> 1;
        if (starts[middle]! <= at) low = middle;
        else high = middle;
      }
      return { line: low, character: Math.min(at, endOf(low)) - starts[low]! };
    },
    offsetAt: ({ line, character }) => {
      if (line < 0) return 0;
      if (line >= starts.length) return text.length;
      return Math.min(starts[line]! + Math.max(0, character), endOf(line));
    },
  };
};
