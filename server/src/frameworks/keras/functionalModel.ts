/** A functional model called like a layer: its nodes are appended again over the new inputs, with the same weights. */
import type { Interpreter } from '../../interpreter/api.ts';
import type { Args, CallSite, InstanceValue, Value } from '../../interpreter/values.ts';
import { list, unknown } from '../../interpreter/values.ts';
import { emitNode } from '../shared/graph.ts';
import { activation, tensorData, wrap } from '../shared/tensor.ts';
import { inputsOf } from './apply.ts';
import { kerasState, type LayerData, pathInside } from './state.ts';
import { functionalNodes } from './tree.ts';

export const applyFunctional = (model: InstanceValue, data: LayerData, args: Args, site: CallSite, interp: Interpreter): Value => {
  const functional = data.functional;
  if (!functional) return unknown('not a functional model', site.span);
  const given = inputsOf(args);
  if (given.length < functional.inputs.length) return unknown(`${model.cls.name} was called with something that is no tensor`, site.span);
  const { graph } = kerasState(interp);
  const copies = new Map<number, number>();
  for (const [i, input] of functional.inputs.entries()) {
    const node = given[i]?.node;
    if (input.node !== null && node != null) copies.set(input.node, node);
    else if (input.node !== null && given[i])
      copies.set(
        input.node,
        emitNode(graph, { op: { kind: 'identity' }, inputs: [given[i]], label: 'data', span: site.span, nameSpan: site.nameSpan }),
      );
  }
  for (const id of functionalNodes(model, interp)) {
    const node = graph.nodes[id];
    if (!node || copies.has(id) || node.op.kind === 'input') continue;
    if (!interp.spend(2)) return unknown('the step budget was used up', site.span);
    const copy = emitNode(graph, {
      op: node.op,
      inputs: node.inputs.map((input) => activation(graph, copies.get(input) ?? input)),
      params: node.params,
      label: node.label,
      path: pathInside(graph, node.path),
      span: node.span,
      nameSpan: node.nameSpan,
      call: node.call,
      ...(node.op.kind === 'opaque' ? { shape: node.shape } : {}),
    });
    copies.set(id, copy);
  }
  const outputs = functional.outputs.map((output): Value => {
    const node = tensorData(output)?.node;
    return node == null ? output : wrap(interp, activation(graph, copies.get(node) ?? node), site);
  });
  return functional.single ? (outputs[0] ?? unknown('no output', site.span)) : list(outputs);
};
