/** States of recurrent layers: what `return_state=True` gives beside the output, and what `initial_state=` starts from. */
import type { Interpreter } from '../../interpreter/api.ts';
import type { Args, Value } from '../../interpreter/values.ts';
import { list } from '../../interpreter/values.ts';
import type { Op } from '../../network/op.ts';
import { BATCH, type Shape, sub } from '../../network/scalar.ts';
import { emitNode, type Graph } from '../shared/graph.ts';
import { activationsIn } from '../shared/opaque.ts';
import { activation, type TensorData, tensorData, wrap } from '../shared/tensor.ts';
import { pathInside } from './state.ts';

/** Tensors of `initial_state=`, or those that follow the input in a list, without the ones that nobody follows (cell states). */
export const initialStates = (graph: Graph, args: Args, inputs: readonly TensorData[]): readonly TensorData[] =>
  [...activationsIn(args.keywords.get('initial_state')), ...inputs.slice(1)].filter(
    (state) => state.node !== null && state.node !== inputs[0]?.node && graph.nodes[state.node]?.op.kind !== 'opaque',
  );

/** The output and `count` states in a list where `return_state` asks for them. */
export const withStates = (asked: Value | undefined, count: number, out: Value, interp: Interpreter): Value => {
  if (asked?.kind !== 'bool' || !asked.value) return out;
  const x = tensorData(out);
  const node = x?.node == null ? undefined : x.graph.nodes[x.node];
  if (!x || !node) return out;
  const { graph } = x;
  const units = node.op.kind === 'recurrent' ? node.op.units : undefined;
  const shape: Shape | null = units === undefined ? null : [BATCH, units];
  const emitted = (op: Op): Value => {
    const { span, nameSpan } = node;
    const id = emitNode(graph, { op, inputs: [x], label: 'state', path: pathInside(graph, 'state'), span, nameSpan, shape });
    return wrap(interp, activation(graph, id), null);
  };
  // The first state is the last output; a cell's memory is not followed.
  const sequence = node.op.kind === 'recurrent' && node.op.returnSequence && !node.op.bidirectional;
  const length = node.shape?.[1];
  const hidden: Op = sequence
    ? { kind: 'slice', axis: 1, start: length === undefined ? null : sub(length, 1), size: 1 }
    : { kind: 'identity' };
  const memory: Op = { kind: 'opaque', what: 'state', reason: 'the state after the last step' };
  const known = node.op.kind === 'recurrent' && !node.op.bidirectional;
  return list([out, ...Array.from({ length: count }, (_, i) => emitted(i === 0 && known ? hidden : memory))]);
};
