/** Integers as vectors: `one_hot(x, classes)` of every framework. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asScalar } from '../../interpreter/native.ts';
import type { CallSite, InstanceValue, Value } from '../../interpreter/values.ts';
import { isNumber } from '../../network/scalar.ts';
import { emit, emitOpaque, type TensorData } from './tensor.ts';

/** A last axis of `classes` is added; where their number is not given (torch's −1), the data decide. */
export const emitOneHot = (
  interp: Interpreter,
  x: TensorData,
  classes: Value | undefined,
  label: string,
  site: CallSite,
): InstanceValue => {
  const count = asScalar(classes);
  if (count === undefined || (isNumber(count) && count < 1))
    return emitOpaque(interp, x.graph, label, 'the number of classes is not known', [x], site);
  // torch keeps integers, the others give floats.
  const dtype = x.graph.framework === 'torch' ? 'int64' : 'float32';
  return emit(interp, x.graph, { op: { kind: 'oneHot', classes: count }, inputs: [x], label, dtype }, site);
};
