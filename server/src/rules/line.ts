/**
 * A message is one line. Its first part says what is wrong, with a figure; those after it come in the order of their worth, each in the
 * longest form that still fits, or not at all.
 */
import { count } from './figures.ts';

/** A part of a sentence; forms of it, longest first; null: there is nothing to say. */
export type Part = string | readonly string[] | null;

/** Characters of a line, with what is added where several models share a place (`analysis/merge.ts`). */
export const LINE = 120;
const MODELS = ' (+99 models)'.length;

const fitted = (parts: readonly Part[], room: number): string => {
  let line = '';
  for (const part of parts) {
    const forms = part === null ? [] : typeof part === 'string' ? [part] : part;
    const lead = line === '' ? '' : '; ';
    const form = forms.find(({ length }) => line.length + lead.length + length <= room) ?? (line === '' ? forms.at(-1) : undefined);
    if (form !== undefined) line += lead + form;
  }
  return line;
};

export const oneLine = (parts: readonly Part[], suffix = ''): string => fitted(parts, LINE - MODELS - suffix.length) + suffix;

/** How many things the sentence stands for, unless it says so itself ('10⁻³ over 20 layers'). */
export const forAll = (parts: readonly Part[], things: number, thing: string, alike = true): string => {
  if (things === 1) return oneLine(parts);
  const told = oneLine(parts);
  if (alike && ` ${told}`.includes(` ${count(things, thing)}`)) return told;
  return oneLine(parts, alike ? ` (${count(things, thing)})` : ` (worst of ${things})`);
};
