/** States that recurrent layers give beside their output: (layers × directions, batch, hidden), without the batch if the input has none. */
import type { Interpreter } from '../../interpreter/api.ts';
import type { InstanceValue, Value } from '../../interpreter/values.ts';
import { tuple } from '../../interpreter/values.ts';
import type { Op, OpOf } from '../../network/op.ts';
import { type Dim, div, isNumber, type Shape, sub } from '../../network/scalar.ts';
import { emitNode } from '../shared/graph.ts';
import { activation, type TensorData, tensorData, wrap } from '../shared/tensor.ts';
import { torchState } from './state.ts';

/**
 * The last layer's state is its output after the last step, of the way back at the first one. States of the layers below and a cell's
 * memory are not followed.
 */
export const statesOf = (interp: Interpreter, output: InstanceValue, op: OpOf<'recurrent'>): Value => {
  const x = tensorData(output);
  const node = x?.node == null ? undefined : x.graph.nodes[x.node];
  if (!x || !node) return output;
  const { graph, states } = torchState(interp);
  const { shape, span, nameSpan } = node;
  const emitted = (kind: Op, inputs: readonly TensorData[], to: Shape | null): TensorData => {
    const id = emitNode(graph, { op: kind, inputs, label: 'state', span, nameSpan, shape: to });
    states.add(id);
    return activation(graph, id);
  };
  const time = op.batchFirst && shape?.length !== 2 ? 1 : 0;
  const directions = op.bidirectional ? 2 : 1;
  const last = shape?.at(-1);
  const features: Dim = last === undefined ? op.units : div(last, directions);
  const sized = (count: Dim, width: Dim): Shape | null =>
    shape ? [count, ...shape.filter((_, i) => i !== time).slice(0, -1), width] : null;
  const oneWay = (direction: number): TensorData => {
    const start = isNumber(features) ? direction * features : null;
    return emitted({ kind: 'slice', axis: -1, start, size: features }, [x], shape ? [...shape.slice(0, -1), features] : null);
  };
  const stateOf = (direction: number): TensorData => {
    const way = op.bidirectional ? oneWay(direction) : x;
    const length = shape?.[time];
    const start = direction === 1 ? 0 : length === undefined ? null : sub(length, 1);
    const to = shape?.map((size, axis) => (axis === time ? 1 : axis === shape.length - 1 ? features : size)) ?? null;
    const step = emitted({ kind: 'slice', axis: time, start, size: 1 }, [way], to);
    return time === 1 ? emitted({ kind: 'permute', axes: [1, 0, 2] }, [step], sized(1, features)) : step;
  };
  const unfollowed = (count: number, width: Dim, reason: string): TensorData =>
    emitted({ kind: 'opaque', what: 'state', reason }, [x], sized(count, width));
  const top = Array.from({ length: directions }, (_, direction) => stateOf(direction));
  const below = (op.layers - 1) * directions;
  const all = below > 0 ? [unfollowed(below, features, 'states of the layers below the last'), ...top] : top;
  const hidden =
    all.length === 1 ? (all[0] as TensorData) : emitted({ kind: 'concat', axis: 0 }, all, sized(op.layers * directions, features));
  if (op.cell !== 'lstm') return wrap(interp, hidden, null);
  const memory = unfollowed(op.layers * directions, op.units, "a cell's memory");
  return tuple([wrap(interp, hidden, null), wrap(interp, memory, null)]);
};
