/** A node for what is computed; what is computed again from the same operands (in a loop, say) is the same node. */
import { type Emission, emitNode, type Graph } from '../shared/graph.ts';

const MADE: WeakMap<Graph, Map<string, number>> = new WeakMap();

export const emitOnce = (graph: Graph, emission: Emission): number => {
  if (emission.op.kind === 'input') return emitNode(graph, emission);
  let made = MADE.get(graph);
  if (!made) {
    made = new Map();
    MADE.set(graph, made);
  }
  const inputs = emission.inputs.map((i) => i.node);
  const params = emission.params?.map((p) => `${p.storage.id}:${p.storage.of?.id ?? ''}`) ?? [];
  const key = `${JSON.stringify(emission.op)} ${inputs.join(',')} ${params.join(',')}`;
  const known = made.get(key);
  if (known !== undefined && !inputs.includes(null)) return known;
  const node = emitNode(graph, emission);
  made.set(key, node);
  return node;
};
