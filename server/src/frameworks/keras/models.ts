/** `Model`, `Sequential`, `Input`, and what is done with a model: compile, load, freeze. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asString, bind, native, nativeClass } from '../../interpreter/native.ts';
import type { Args, CallSite, ClassValue, InstanceValue, NativeCall, Value } from '../../interpreter/values.ts';
import { NONE, unknown } from '../../interpreter/values.ts';
import { emitInput } from '../shared/graph.ts';
import { activationsIn } from '../shared/opaque.ts';
import { feed, pixelsIn } from '../shared/pixels.ts';
import { shapeFromValue } from '../shared/shapeValues.ts';
import { activation, emitOpaque, tensorData, wrap } from '../shared/tensor.ts';
import { recordOutputs } from '../shared/training.ts';
import { inputsOf } from './apply.ts';
import { LAYER } from './layerClasses.ts';
import { change, ensureLayer, kerasState, type LayerData } from './state.ts';
import { compileModel } from './training.ts';
import { sublayersOf } from './tree.ts';

const self = (args: Args): InstanceValue | undefined => {
  const first = args.positional[0];
  return first?.kind === 'instance' ? first : undefined;
};

const initLayer = (args: Args, site: CallSite, interp: Interpreter): void => {
  const init = LAYER.attrs.get('__init__');
  if (init?.kind === 'native') init.call(args, site, interp);
};

// ── Input ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const isInteger = (dtype: Value | undefined): boolean => {
  const name = asString(dtype) ?? (dtype?.kind === 'unknown' ? dtype.path : undefined) ?? '';
  return /u?int\d+$|^int$|string$/.test(name);
};

export const inputFunction = native('Input', (args, site, interp) => {
  const bound = bind('shape=None, batch_size=None, dtype=None, sparse=None, batch_shape=None, name=None, tensor=None', args);
  const name = asString(bound.get('name')) ?? 'input_layer';
  const batchShape = bound.get('batch_shape');
  const written = args.keywords.get('batch_input_shape') ?? (batchShape?.kind === 'none' ? undefined : batchShape);
  const shape = written ? shapeFromValue(written, name, true) : shapeFromValue(bound.get('shape'), name, false);
  const { graph } = kerasState(interp);
  const integer = isInteger(bound.get('dtype'));
  const node = emitInput(graph, name, shape, integer, site.span);
  return wrap(interp, activation(graph, node, integer), site);
});

// ── Model ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Tensors of `inputs=` or `outputs=`: one, a list, or a dict. */
const tensorsOf = (value: Value | undefined): { readonly values: readonly Value[]; readonly single: boolean } => {
  if (!value || value.kind === 'none') return { values: [], single: false };
  if (value.kind === 'list' || value.kind === 'tuple')
    return { values: value.items.flatMap((item) => tensorsOf(item).values), single: false };
  if (value.kind === 'dict') return { values: [...value.entries.values()].flatMap((e) => tensorsOf(e.value).values), single: false };
  if (tensorData(value)) return { values: [value], single: true };
  return { values: [], single: false };
};

const initModel: NativeCall = (args, site, interp) => {
  const model = self(args);
  if (!model) return NONE;
  initLayer(args, site, interp);
  const bound = bind('inputs=None, outputs=None, name=None, **kwargs', args, 1);
  // Keras 1 spells them in the singular.
  const inputs = tensorsOf(args.keywords.get('input') ?? bound.get('inputs'));
  const written = args.keywords.get('output') ?? bound.get('outputs');
  const outputs = tensorsOf(written);
  const data = ensureLayer(model, interp);
  const name = asString(bound.get('name'));
  if (name !== undefined) data.givenName = name;
  if (inputs.values.length === 0 || !written) return NONE;
  if (outputs.values.length === 0) {
    // The output is lost, but what it was computed from is not.
    const from = activationsIn(written);
    if (from.length === 0) return NONE;
    const { graph } = kerasState(interp);
    const rest = emitOpaque(interp, graph, 'output', written.kind === 'unknown' ? written.reason : 'not a tensor', from, site);
    data.functional = { inputs: inputs.values.map((v) => tensorData(v)).filter((t) => t !== undefined), outputs: [rest], single: true };
    return NONE;
  }
  data.functional = {
    inputs: inputs.values.map((v) => tensorData(v)).filter((t) => t !== undefined),
    outputs: outputs.values,
    single: outputs.single,
  };
  data.below = [...sublayersOf(model, interp)];
  return NONE;
};

// ── training ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

const compile: NativeCall = (args, site, interp) => {
  const model = self(args);
  if (model) compileModel(model, args, site, interp);
  return NONE;
};

const getLayer: NativeCall = (args, site, interp) => {
  const model = self(args);
  if (!model) return unknown('get_layer');
  const bound = bind('name=None, index=None', args, 1);
  const layers = [...sublayersOf(model, interp)];
  const name = asString(bound.get('name'));
  const index = asNumber(bound.get('index'));
  const found =
    name !== undefined ? layers.find((l) => ensureLayer(l, interp).givenName === name) : index === undefined ? undefined : layers.at(index);
  return found ?? unknown('a layer that is not known', site.span);
};

/** A model that the program calls itself: what is not known of its data becomes an input, and what comes out is remembered. */
const callModel: NativeCall = (args, site, interp) => {
  const model = self(args);
  const call = LAYER.attrs.get('__call__');
  if (!model || call?.kind !== 'native') return unknown('a model is called without itself', site.span);
  const { graph } = kerasState(interp);
  if (graph.paths.length > 0) return call.call(args, site, interp);
  feed(graph, model, args.positional[1]);
  const given = args.positional.map((value) =>
    pixelsIn(value) || (value.kind === 'unknown' && activationsIn(value).length === 0)
      ? wrap(interp, activation(graph, emitInput(graph, 'data', null, false, site.span)), site)
      : value,
  );
  const result = call.call({ ...args, positional: given }, site, interp);
  if (result.kind !== 'unknown')
    recordOutputs(
      graph,
      model,
      activationsIn(result).flatMap((data) => (data.node === null ? [] : [data.node])),
    );
  return result;
};

export const MODEL: ClassValue = nativeClass('keras.Model', [LAYER], {
  __init__: initModel,
  __call__: callModel,
  compile,
  fit: (args, site, interp) => {
    const model = self(args);
    if (model) feed(kerasState(interp).graph, model, args.positional[1] ?? args.keywords.get('x'));
    return unknown('a history of training', site.span);
  },
  get_layer: getLayer,
  summary: () => NONE,
  from_pretrained: native('from_pretrained', () => unknown('a pretrained model'), 'static'),
});

// ── Sequential ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const childrenOf = (data: LayerData): readonly Value[] => data.children;

const initSequential: NativeCall = (args, site, interp) => {
  const model = self(args);
  if (!model) return NONE;
  initLayer(args, site, interp);
  const bound = bind('layers=None, trainable=True, name=None', args, 1);
  const data = ensureLayer(model, interp);
  const name = asString(bound.get('name'));
  if (name !== undefined) data.givenName = name;
  const layers = bound.get('layers');
  if (!layers || layers.kind === 'none') return NONE;
  const items = interp.iterate(layers);
  if (!items) interp.partial('The layers of a Sequential are not known', site.span);
  else data.children = [...items];
  if (layers.kind === 'list' && layers.open) interp.partial('A Sequential may hold more layers than were seen', site.span);
  return NONE;
};

const applySequential: NativeCall = (args, site, interp) => {
  const model = self(args);
  if (!model) return unknown('call');
  const data = ensureLayer(model, interp);
  let x: Value | undefined = args.positional[1] ?? args.keywords.get('inputs');
  if (!x || inputsOf({ ...args, positional: args.positional.slice(1) }).length === 0)
    return unknown('Sequential was called with something that is no tensor', site.span);
  for (const child of childrenOf(data)) {
    if (tensorData(child)) continue;
    x = interp.call(child, { positional: [x], keywords: new Map(), open: false }, site);
  }
  return x;
};

export const SEQUENTIAL: ClassValue = nativeClass('keras.Sequential', [MODEL], {
  __init__: initSequential,
  call: applySequential,
  add: (args, site, interp) => {
    const model = self(args);
    const layer = args.positional[1] ?? args.keywords.get('layer');
    if (interp.speculative && !/Dropout|Normalization|Noise/.test(layer?.kind === 'instance' ? layer.cls.name : ''))
      interp.partial('A layer is added under a condition that is not known', site.span);
    if (model && layer) change(ensureLayer(model, interp), 'children', [...ensureLayer(model, interp).children, layer], interp);
    return NONE;
  },
  pop: (args, _site, interp) => {
    const model = self(args);
    if (!model) return NONE;
    const data = ensureLayer(model, interp);
    const last = data.children.at(-1);
    change(data, 'children', data.children.slice(0, -1), interp);
    return last ?? NONE;
  },
});

/** A layer that says nothing but the input's shape. */
export const INPUT_LAYER: ClassValue = nativeClass('keras.layers.InputLayer', [LAYER], {
  __init__: (args, site, interp) => {
    const layer = self(args);
    if (!layer) return NONE;
    initLayer(args, site, interp);
    const data = ensureLayer(layer, interp);
    const bound = bind('shape=None, batch_size=None, dtype=None, sparse=None, batch_shape=None, **kwargs', args, 1);
    const shape = bound.get('shape');
    if (shape && shape.kind !== 'none') data.inputShape = shapeFromValue(shape, 'input_layer', false);
    return NONE;
  },
  call: (args) => args.positional[1] ?? NONE,
});
