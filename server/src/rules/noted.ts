/** Rules that turn notes into findings: what only a framework can know it has said, severity, figures and fixes are the rule's. */
import type { FixIntent } from '../network/intent.ts';
import type { Note } from '../network/network.ts';
import { placeOf } from './cases.ts';
import { count } from './figures.ts';
import type { RuleContext, Severity } from './rule.ts';

/** Notes of a rule that one piece of source gave rise to. */
export interface Noted {
  readonly first: Note;
  readonly all: readonly Note[];
}

export const notedAt = (
  { network }: RuleContext,
  rule: string,
  keyOf: (note: Note) => string = ({ span }) => placeOf(span),
): readonly Noted[] => {
  const groups = new Map<string, Note[]>();
  for (const note of network.notes) {
    if (note.rule !== rule) continue;
    const key = keyOf(note);
    const group = groups.get(key);
    if (group) group.push(note);
    else groups.set(key, [note]);
  }
  return [...groups.values()].map((all) => ({ first: all[0] as Note, all }));
};

/** A text of a note's data; undefined where the framework did not say. */
export const textIn = ({ data }: Note, name: string): string | undefined => {
  const value = data?.[name];
  return typeof value === 'string' ? value : undefined;
};

/** Parameters that notes are about, once each. */
export const parametersOf = (notes: readonly Note[]): number => new Set(notes.map((note) => note.storage)).size;

/** The sentence, and how many parameters it stands for. */
export const forParameters = (message: string, notes: readonly Note[]): string => {
  const parameters = parametersOf(notes);
  return parameters > 1 ? `${message} (${count(parameters, 'parameter')})` : message;
};

export const reportNote = (
  context: RuleContext,
  { first, all }: Noted,
  found: {
    readonly severity: Severity;
    readonly message?: string;
    readonly intents?: readonly FixIntent[];
    readonly tags?: readonly 'deprecated'[];
  },
): void => {
  const { severity, intents = [], tags } = found;
  const message = found.message ?? forParameters(first.message, all);
  context.report({ severity, span: first.span, message, related: [], intents, explains: [], ...(tags ? { tags } : {}) });
};
