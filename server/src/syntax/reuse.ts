/** Which chunks of a file's previous version have the same text in the new one. */
import type { ChunkRange } from './frontend.ts';

/**
 * For each range of the new text the old chunk to reuse, if any: those before and after the edit by position, those between by
 * their text. No old chunk is given twice, so equal texts stay distinct objects.
 */
export const matchChunks = <Old extends ChunkRange>(
  oldText: string,
  old: readonly Old[],
  text: string,
  ranges: readonly ChunkRange[],
): readonly (Old | undefined)[] => {
  const matches: (Old | undefined)[] = new Array(ranges.length).fill(undefined);
  const slice = (from: string, { start, end, dangling }: ChunkRange): string => (dangling ? '…' : '') + from.slice(start, end);
  let head = 0;
  while (head < old.length && head < ranges.length && slice(oldText, old[head]!) === slice(text, ranges[head]!)) {
    matches[head] = old[head];
    head++;
  }
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < ranges.length - head &&
    slice(oldText, old[old.length - 1 - tail]!) === slice(text, ranges[ranges.length - 1 - tail]!)
  ) {
    matches[ranges.length - 1 - tail] = old[old.length - 1 - tail];
    tail++;
  }
  const between = new Map<string, Old[]>();
  for (const chunk of old.slice(head, old.length - tail).reverse()) {
    const key = slice(oldText, chunk);
    const same = between.get(key);
    if (same) same.push(chunk);
    else between.set(key, [chunk]);
  }
  for (let i = head; i < ranges.length - tail && between.size > 0; i++) matches[i] = between.get(slice(text, ranges[i]!))?.pop();
  return matches;
};
