/** From the last layer of a graph to its network: what is below it was recorded when the layers were made. */
import type { Interpreter } from '../../interpreter/api.ts';
import type { InstanceValue } from '../../interpreter/values.ts';
import type { Network } from '../../network/network.ts';
import type { Dim } from '../../network/scalar.ts';
import type { Entry } from '../framework.ts';
import { buildNetwork } from '../shared/build.ts';
import type { Fans } from '../shared/fans.ts';
import type { GraphNode } from '../shared/graph.ts';
import { numberedNames, pathToken } from '../shared/layerNames.ts';
import { rootStorage, type Storage } from '../shared/storage.ts';
import { layersBelow } from './functions.ts';
import { shapeFans } from './initializers.ts';
import { outputOf } from './outputs.ts';
import { baseName, type LasagneState, lasagneState, layerData } from './state.ts';

const nodesBelow = ({ graph }: LasagneState, output: number): readonly GraphNode[] => {
  const seen = new Set<number>();
  const open = [output];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    open.push(...(graph.nodes[id]?.inputs ?? []));
  }
  return graph.nodes.filter((node) => seen.has(node.id));
};

/** The layer's own part of a node's path: '⟦3⟧/flatten' → '⟦3⟧'. */
const ownerOf = (path: string): string => path.slice(0, path.indexOf('⟧') + 1) || path;

/** Parameters by the layer that made them and the name that it gave them, else by the node that uses them. */
const pathsOf = (model: InstanceValue, nodes: readonly GraphNode[]): Map<Storage, string> => {
  const paths = new Map<Storage, string>();
  const used = new Set(nodes.flatMap((node) => node.params.map((param) => rootStorage(param.storage))));
  for (const layer of layersBelow([model]))
    for (const [name, one] of layerData(layer)?.params ?? []) {
      const storage = rootStorage(one);
      if (used.has(storage) && !paths.has(storage)) paths.set(storage, `${pathToken(layer)}.${name}`);
    }
  for (const node of nodes)
    for (const param of node.params) {
      const storage = rootStorage(param.storage);
      if (!paths.has(storage)) paths.set(storage, `${ownerOf(node.path)}.${param.name}`);
    }
  return paths;
};

const fansOf = (shape: readonly (Dim | null)[] | null): Fans =>
  !shape || shape.some((size) => size === null) ? { fanIn: null, fanOut: null } : shapeFans(shape as readonly Dim[]);

export const traceModel = (model: InstanceValue, entry: Entry, interp: Interpreter): Network | null => {
  const state = lasagneState(interp);
  const output = outputOf(model, interp)?.node;
  if (output == null) return null;
  const nodes = nodesBelow(state, output);
  const paths = pathsOf(model, nodes);
  if (paths.size === 0) return null;
  const rename = numberedNames([...nodes.map((node) => node.path), ...paths.values()], (id) => {
    const layer = state.layers.get(id);
    return { given: layerData(layer)?.givenName ?? null, base: baseName(layer?.cls.name ?? 'layer') };
  });
  return buildNetwork({
    graph: { ...state.graph, nodes: state.graph.nodes.map((node) => ({ ...node, path: rename(node.path) })) },
    entry,
    inputs: nodes.filter((node) => node.op.kind === 'input').map((node) => node.id),
    outputs: [output],
    paths: new Map([...paths].map(([storage, path]) => [storage, rename(path)])),
    layers: [],
    frameworkFans: fansOf,
    // More layers may follow in a function that is not read.
    complete: layerData(model)?.passedOn !== true,
    model: null,
    issues: [],
  });
};
