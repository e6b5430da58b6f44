/** Data of which nothing is known, outside of any layer: an input of the network when it first meets a variable. */
import type { Interpreter } from '../../interpreter/api.ts';
import type { CallSite, Value } from '../../interpreter/values.ts';
import { BATCH } from '../../network/scalar.ts';
import { emitInput, type Graph } from '../shared/graph.ts';
import { activation, dense, type TensorData } from '../shared/tensor.ts';
import { kerasState } from './state.ts';

const SOURCES: WeakMap<Graph, Map<Value, number>> = new WeakMap();

/** `x @ W` of an unknown x and a variable of two axes; undefined for anything else. */
export const productWithData = (
  interp: Interpreter,
  data: Value,
  weight: TensorData | undefined,
  label: string,
  site: CallSite,
): Value | undefined => {
  const { graph } = kerasState(interp);
  const [features] = weight?.shape ?? [];
  if (data.kind !== 'unknown' || !weight?.storage?.isParameter || weight.shape?.length !== 2 || features === undefined) return undefined;
  // Inside a model's call an unknown value is something of the model's that is not understood.
  if (graph.paths.length > 0) return undefined;
  const sources = SOURCES.get(graph) ?? new Map<Value, number>();
  SOURCES.set(graph, sources);
  const name = data.symbol !== undefined && /^\w+$/.test(data.symbol) ? data.symbol : 'input';
  const node = sources.get(data) ?? emitInput(graph, name, [BATCH, features], false, site.span);
  sources.set(data, node);
  return dense(interp, graph, activation(graph, node), weight, undefined, label, site);
};
