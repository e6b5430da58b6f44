/** Notes: what only a framework can know and a rule of that name turns into a finding. They are taken back with the way that made them. */
import type { Interpreter } from '../../interpreter/api.ts';
import type { Note } from '../../network/network.ts';
import type { Graph, GraphNote } from './graph.ts';
import type { Storage } from './storage.ts';

/** What a note hangs on: it shows on the networks that hold the storage, as long as that still starts so. */
export type About = Omit<GraphNote, 'note'>;

export const addNote = (interp: Interpreter, graph: Graph, note: Note, about: About): void => {
  const { notes } = graph;
  const entry: GraphNote = { note, ...about };
  const add = (): void => {
    notes.push(entry);
  };
  const drop = (): void => {
    const at = notes.lastIndexOf(entry);
    if (at >= 0) notes.splice(at, 1);
  };
  interp.note(add, drop, interp.branch === 0 ? undefined : { change: drop, undo: add });
};

/** An initializer that needs a matrix was given a vector; the framework raises. Where the program expects that, there is no note. */
export const noteVector = (
  interp: Interpreter,
  graph: Graph,
  { name, storage, span, data }: { name: string; storage: Storage; span: Note['span']; data?: Note['data'] },
): void => {
  const [size] = storage.shape ?? [];
  // One name without a value may be a whole shape; that a layer's bias is a vector is certain.
  if (interp.trying > 0 || (typeof size !== 'number' && storage.role !== 'bias')) return;
  const of = typeof size === 'number' ? `a vector of ${size}` : 'a vector';
  const message = `\`${name}\` needs at least two axes and raises on ${of}`;
  addNote(interp, graph, { rule: 'init-on-vector', span, message, data: { name, ...data } }, { storage });
};

/** `[layer] * 3`: the entries of the list are one layer, and have one set of weights. */
export const noteRepeated = (
  interp: Interpreter,
  graph: Graph,
  times: number,
  span: Note['span'],
  storage: Exclude<About['storage'], null> | undefined,
): void => {
  if (!storage) return;
  const message = `${times} entries of this list are one layer with one set of weights`;
  addNote(interp, graph, { rule: 'repeated-module', span, message, data: { times } }, { storage });
};

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Letters that must change to get from one word to the other (Levenshtein 1966). */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length] ?? Number.POSITIVE_INFINITY;
};

/**
 * The known name that somebody meant: the same but for case and underscores, in other words, or two letters off. `words` are read in
 * order, each in place of its key.
 */
export const nearestName = (
  written: string,
  known: readonly string[],
  words: Readonly<Record<string, string>> = {},
): string | undefined => {
  let name = plain(written);
  for (const [word, other] of Object.entries(words)) if (name.includes(word) && !name.includes(other)) name = name.replace(word, other);
  const same = known.find((one) => plain(one) === name);
  if (same) return same;
  let best: { readonly name: string; readonly far: number } | undefined;
  for (const one of known) {
    const far = distance(name, plain(one));
    if (far <= 2 && far < plain(one).length / 2 && (!best || far < best.far)) best = { name: one, far };
  }
  return best?.name;
};
