/** Masks before a softmax: what they leave keeps its values, what they fill with a very low one takes no part in what follows. */
import type { Value } from '../../interpreter/values.ts';
import { broadcast } from '../../network/shapes.ts';
import { shapeOf } from '../shared/graph.ts';
import { dtypeOf, tensorData } from '../shared/tensor.ts';
import { type Call, emitWith, type FunctionRow, type Outcome, opaque, value } from './functionRow.ts';
import { constantOf } from './known.ts';

/** Below this e^x is nothing beside any other logit. */
const LOW = -1_000;

const isLow = (given: Value | undefined): boolean => (constantOf(given) ?? 0) <= LOW;

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
