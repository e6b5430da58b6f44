/**
 * Tables that are made to fit: position embeddings interpolated to another grid. What they hold then is not known; where an input of the
 * usual size takes the table as it is, that one counts.
 */
import type { Value } from '../../interpreter/values.ts';
import type { Storage } from './storage.ts';
import { type TensorData, tensorData } from './tensor.ts';

const RESIZED: WeakMap<Storage, Storage> = new WeakMap();

const sourceOf = (storage: Storage): Storage => RESIZED.get(storage) ?? storage;

/** Notes that `made` is data resized, or that it is joined from parts of one storage of which some are. */
export const noteResized = (of: TensorData, made: Value): void => {
  const storage = tensorData(made)?.storage;
  if (storage && of.storage && storage !== of.storage) RESIZED.set(storage, sourceOf(of.storage));
};

/** The storage that all of several tensors are parts of, some of them resized. */
export const partlyResized = (items: readonly (TensorData | undefined)[]): TensorData | undefined => {
  const sources = new Set(items.map((item) => (item?.storage ? sourceOf(item.storage) : undefined)));
  return sources.size === 1 ? items.find((item) => item?.storage && RESIZED.has(item.storage)) : undefined;
};

/** Of two tensors of which one is the other resized, the other. */
export const unresized = (a: TensorData | undefined, b: TensorData | undefined): 'first' | 'second' | undefined => {
  if (!a?.storage || !b?.storage || a.storage === b.storage) return undefined;
  return RESIZED.get(a.storage) === b.storage ? 'second' : RESIZED.get(b.storage) === a.storage ? 'first' : undefined;
};
