/** Masks before a softmax: what they leave keeps its values, what they fill with a very low one takes no part in what follows. */
import type { Interpreter } from '../../interpreter/api.ts';
import type { Args, CallSite, Value } from '../../interpreter/values.ts';
import { broadcast } from '../../network/shapes.ts';
import { shapeOf } from '../shared/graph.ts';
import type { Storage } from '../shared/storage.ts';
import { dtypeOf, emit, tensorData } from '../shared/tensor.ts';
import { type Call, emitWith, type FunctionRow, type Outcome, opaque, value } from './functionRow.ts';
import { constantOf } from './known.ts';

/** Below this e^x is nothing beside any other logit. */
const LOW = -1_000;

const isLow = (given: Value | undefined): boolean => (constantOf(given) ?? 0) <= LOW;

/** Data that is added to logits: 0 where they stay, very low elsewhere. */
const ADDED: WeakSet<Storage> = new WeakSet();

/** Notes `where(condition, 0, −∞)` of data, in either order. */
export const noteAdded = (args: Args, made: Value): void => {
  const [a, b] = ['input', 'other'].map((name, i) => args.positional[i + 1] ?? args.keywords.get(name));
  const storage = tensorData(made)?.storage;
  if (storage && ((isLow(a) && constantOf(b) === 0) || (isLow(b) && constantOf(a) === 0))) ADDED.add(storage);
};

/** A mask that logits are added to; one that may be left out (None) is asked for before it is added. */
const isAdded = (given: Value): boolean => {
  if (given.kind === 'unknown') return given.options !== undefined && given.options.length > 0 && given.options.every(isAdded);
  const storage = tensorData(given)?.storage;
  return storage != null && ADDED.has(storage);
};

/** `x + mask`: what the mask leaves of x. */
export const maskedSum = (interp: Interpreter, a: Value, b: Value, site: CallSite): Value | undefined => {
  const [x, mask] = isAdded(b) ? [tensorData(a), b] : isAdded(a) ? [tensorData(b), a] : [];
  if (x?.node == null || !mask) return undefined;
  const [own, other] = [shapeOf(x), tensorData(mask)?.shape];
  const shape = own && other ? (broadcast([own, other]) ?? own) : own;
  return emit(interp, x.graph, { op: { kind: 'identity' }, inputs: [x], label: 'add', shape }, site);
};

const shapeWith = (...values: (Value | undefined)[]) =>
  broadcast(
    values
      .map(tensorData)
      .filter((t) => t !== undefined)
      .map(shapeOf),
  );

/** What a mask leaves of an activation; undefined for what is none. */
const left = (call: Call, kept: Value | undefined, mask: Value | undefined): Outcome => {
  const data = tensorData(kept);
  return data?.node == null ? undefined : emitWith(call, { kind: 'identity' }, [data], shapeWith(kept, mask));
};

export const maskedFill: FunctionRow['run'] = (call) => {
  const [x, mask] = [call.args.positional[0], call.bound.get('mask')];
  const masked = isLow(call.bound.get('value')) ? left(call, x, mask) : undefined;
  return masked ?? value(opaque(call, 'a part is filled', shapeWith(x, mask)));
};

/** `torch.where(condition, a, b)`; `a.where(condition, b)`. */
export const where: FunctionRow['run'] = (call) => {
  const [first, second, third] = [0, 1, 2].map(
    (i) => call.args.positional[i] ?? call.args.keywords.get(['condition', 'input', 'other'][i] as string),
  );
  if (!second || !third) return undefined;
  const self = tensorData(first);
  const isMethod = self !== undefined && (dtypeOf(self) ?? 'bool') !== 'bool';
  const [condition, a] = isMethod ? [second, first] : [first, second];
  const masked = isLow(third) ? left(call, a, condition) : isLow(a) ? left(call, third, condition) : undefined;
  return masked ?? value(opaque(call, 'chosen by a condition on data', shapeWith(condition, a, third)));
};
