/**
 * TensorFlow 1: networks that no model object holds. Functions that make a layer and call it (`tf.layers.dense`, `fully_connected`) and
 * products with variables leave a graph behind; the pieces of it that belong to no layer or model of the program are networks.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import { bind, native } from '../../interpreter/native.ts';
import type { NativeCall, Value } from '../../interpreter/values.ts';
import { str, unknown } from '../../interpreter/values.ts';
import type { Dim, Shape } from '../../network/scalar.ts';
import type { Framework } from '../framework.ts';
import { buildNetwork } from '../shared/build.ts';
import { emitInput, type GraphNode } from '../shared/graph.ts';
import { pathsOf, scriptPieces } from '../shared/script.ts';
import { shapeFromValue } from '../shared/shapeValues.ts';
import { newStorage, rootStorage, type Storage } from '../shared/storage.ts';
import { activation, stored, tensorData, wrap } from '../shared/tensor.ts';
import { computeFans } from './initializers.ts';
import { kerasState, namesFor } from './state.ts';
import { fansOf, ownerPath } from './trace.ts';
import { noteVariable, reused, scopedName, VARIABLE_SCOPE } from './variableScopes.ts';
import { drawFrom } from './weights.ts';

/** Layers that a function made for its own call. */
const MADE = Symbol('layers made by functions');

const madeBy = (interp: Interpreter): Set<string> => interp.state(MADE, () => new Set<string>());

export const noteMade = (layer: Value, interp: Interpreter): void => {
  if (layer.kind === 'instance') madeBy(interp).add(String(layer.id));
};

/** Names that the program gave its variables. */
const NAMES = new WeakMap<Storage, string>();

const lastLayer = (path: string): string | undefined => [...path.matchAll(/⟦(\d+)⟧/g)].at(-1)?.[1];

export const scriptNetworks: NonNullable<Framework['scripts']> = (interp, from, { entryFor, roots, instances }) => {
  const state = kerasState(interp);
  const { graph } = state;
  if (graph.framework !== 'keras' || graph.nodes.length === from) return [];
  const made = madeBy(interp);
  const belongs = ({ path, params }: GraphNode): boolean => {
    const owner = lastLayer(path);
    return params.length === 0 || owner === undefined || made.has(owner);
  };
  const pieces = scriptPieces(graph, from, belongs);
  if (pieces.length === 0) return [];
  return pieces.flatMap((piece) => {
    const entry = entryFor(piece.span);
    if (!entry) return [];
    const spoken = pathsOf({ graph, piece, roots, instances });
    const nodes = piece.nodes.map((id) => graph.nodes[id] as GraphNode);
    const inputs = new Set(nodes.flatMap((node) => node.inputs.filter((id) => graph.nodes[id]?.op.kind === 'input')));
    const paths = new Map<Storage, string>();
    const taken = new Map<string, number>();
    const distinct = (name: string): string => {
      const times = (taken.get(name) ?? 0) + 1;
      taken.set(name, times);
      return times === 1 ? name : `${name}_${times - 1}`;
    };
    for (const node of nodes)
      for (const param of node.params) {
        const storage = rootStorage(param.storage);
        const name = NAMES.get(storage) ?? spoken.get(storage) ?? state.owners.get(storage)?.name ?? param.name;
        if (!paths.has(storage)) paths.set(storage, distinct([ownerPath(node.path), name].filter(Boolean).join('/')));
      }
    const rename = namesFor([...nodes.map((node) => node.path), ...paths.values()], state);
    return [
      buildNetwork({
        graph: { ...graph, nodes: graph.nodes.map((node) => ({ ...node, path: rename(node.path) })) },
        entry,
        from: 0,
        inputs: [...inputs],
        outputs: piece.outputs,
        paths: new Map([...paths].map(([storage, path]) => [storage, rename(path)])),
        layers: [],
        frameworkFans: (shape, _op, param) => fansOf(shape, state.fans.get(rootStorage(param.storage)), state.dialect),
        complete: true,
        model: null,
        issues: [],
      }),
    ];
  });
};

/** A function that only version 1 has. */
const ofVersion1 = (name: string, call: NativeCall): Value =>
  native(name, (args, site, interp) => {
    kerasState(interp).usesGraphs = true;
    return call(args, site, interp);
  });

/** `tf.placeholder(tf.float32, [None, 784], name='x')` */
const placeholder = ofVersion1('placeholder', (args, site, interp) => {
  const bound = bind('dtype, shape=None, name=None', args);
  const named = bound.get('name');
  const name = named?.kind === 'string' ? named.value : 'placeholder';
  const dtype = bound.get('dtype');
  const integer = /int/.test(dtype?.kind === 'string' ? dtype.value : dtype?.kind === 'unknown' ? (dtype.path ?? '') : '');
  const { graph } = kerasState(interp);
  const node = emitInput(graph, name, shapeFromValue(bound.get('shape'), name, true), integer, site.span);
  return wrap(interp, activation(graph, node, integer), site);
});

/** `tf.get_variable('w', [784, 256], initializer=…)`: Glorot's uniform law where none is given. */
const getVariable = ofVersion1('get_variable', (args, site, interp) => {
  const bound = bind('name, shape=None, dtype=None, initializer=None, regularizer=None, trainable=None, **kwargs', args);
  const { graph } = kerasState(interp);
  const asked = bound.get('name');
  const name = asked?.kind === 'string' ? scopedName(asked.value, interp) : undefined;
  const known = name === undefined ? undefined : reused(name, interp);
  if (known) return known;
  const given = bound.get('initializer');
  const constant = tensorData(given);
  const sizes = constant?.shape ?? (shapeFromValue(bound.get('shape'), 'shape', false)?.slice(1) as Shape | undefined) ?? null;
  if (!sizes) return unknown('a variable of unknown shape', site.span);
  const explicit = given !== undefined && given.kind !== 'none';
  const value: Value = explicit ? given : str('glorot_uniform');
  const drawn = constant?.storage
    ? { distribution: constant.storage.init.distribution, name: constant.storage.init.name }
    : drawFrom(value, sizes, computeFans(sizes), site, interp);
  const key = bound.key('initializer');
  const span = (key === undefined ? undefined : site.argSpans.get(key)) ?? site.nameSpan;
  const trainable = bound.get('trainable');
  const storage = newStorage(interp, {
    shape: sizes as readonly Dim[],
    span: site.span,
    isParameter: true,
    trainable: trainable?.kind === 'bool' ? trainable.value : true,
    init: { distribution: drawn.distribution, source: explicit ? 'argument' : 'default', name: drawn.name, span, generic: false },
  });
  const made = wrap(interp, stored(graph, storage), site);
  if (name !== undefined) {
    NAMES.set(storage, name);
    noteVariable(name, made, interp);
  }
  return made;
});

/** Functions of TensorFlow 1 that make inputs and variables. */
export const GRAPH_FUNCTIONS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['placeholder', placeholder],
  ['placeholder_with_default', placeholder],
  ['get_variable', getVariable],
  ['variable_scope', VARIABLE_SCOPE],
]);
