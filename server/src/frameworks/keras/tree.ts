/** The layers below a layer or model: attributes, lists of them, children of containers, nodes of functional models. */
import type { Interpreter } from '../../interpreter/api.ts';
import type { InstanceValue, Value } from '../../interpreter/values.ts';
import { tensorData } from '../shared/tensor.ts';
import { kerasState, layerData } from './state.ts';

const DEPTH = 6;

const layersIn = (value: Value, into: Set<InstanceValue>, depth = 0): void => {
  if (depth > DEPTH) return;
  switch (value.kind) {
    case 'instance':
      if (layerData(value)) into.add(value);
      break;
    case 'list':
    case 'tuple':
    case 'set':
      for (const item of value.items) layersIn(item, into, depth + 1);
      break;
    case 'dict':
      for (const { value: item } of value.entries.values()) layersIn(item, into, depth + 1);
      break;
    default:
      break;
  }
};

/** Ids of the nodes between a functional model's inputs and outputs, in order. */
export const functionalNodes = (model: InstanceValue, interp: Interpreter): readonly number[] => {
  const functional = layerData(model)?.functional;
  if (!functional) return [];
  const { nodes } = kerasState(interp).graph;
  const stop = new Set(functional.inputs.map((input) => input.node));
  const seen = new Set<number>();
  const open = functional.outputs.flatMap((output) => tensorData(output)?.node ?? []);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    if (!stop.has(id)) open.push(...(nodes[id]?.inputs ?? []));
  }
  return [...seen].sort((a, b) => a - b);
};

/** Layers directly below, in order of first mention. */
export const sublayersOf = (layer: InstanceValue, interp: Interpreter): ReadonlySet<InstanceValue> => {
  const found = new Set<InstanceValue>();
  const data = layerData(layer);
  for (const child of data?.children ?? []) layersIn(child, found);
  if (data?.functional) {
    const state = kerasState(interp);
    for (const id of functionalNodes(layer, interp)) {
      const owner = /⟦(\d+)⟧/.exec(state.graph.nodes[id]?.path ?? '')?.[1];
      const child = owner === undefined ? undefined : state.layers.get(Number(owner));
      if (child) found.add(child);
    }
  }
  for (const value of layer.attrs.values()) layersIn(value, found);
  found.delete(layer);
  return found;
};

/** All layers below a model that Keras keeps for it; plain attributes are seen by everyone. Known without a run's state. */
export const layersBelow = (model: InstanceValue): readonly InstanceValue[] => {
  const data = layerData(model);
  const found = new Set<InstanceValue>();
  for (const child of data?.children ?? []) layersIn(child, found);
  for (const layer of data?.below ?? []) found.add(layer);
  return [...found];
};
