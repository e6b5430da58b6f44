/**
 * Saved topologies: `model.to_json()` of Keras 1 to 3, the config.json of a `.keras` archive, the model.json of TensorFlow.js. The
 * layers are built and called as source would build and call them, so what they mean is said once, in the tables.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import { siteAt } from '../../interpreter/site.ts';
import type { Args, CallSite, Value } from '../../interpreter/values.ts';
import { list, str, unknown } from '../../interpreter/values.ts';
import { BATCH, symbol } from '../../network/scalar.ts';
import { itemsOf, type JsonNode, member, textOf } from '../../syntax/json/parse.ts';
import type { Anchor } from '../../text/span.ts';
import type { SavedModel } from '../framework.ts';
import { snakeCase } from '../shared/layerNames.ts';
import { tensorData } from '../shared/tensor.ts';
import { setLayerLoaded } from './layerClasses.ts';
import { inputFunction, MODEL, SEQUENTIAL } from './models.ts';
import { external } from './names.ts';
import { type Saved, savedLayer, savedValue, siteOf, spanIn } from './savedConfig.ts';

// ── which object is the model ──────────────────────────────────────────────────────────────────────────────────────────────

interface Found {
  /** `{class_name, config}` of the model. */
  readonly model: JsonNode;
  /** The file says which weights belong to it. */
  readonly hasWeights: boolean;
}

/** TensorFlow.js wraps the topology, its converter wraps it once more. */
const findModel = (root: JsonNode): Found | string => {
  const topology = member(root, 'modelTopology');
  const hasWeights = itemsOf(member(root, 'weightsManifest')).length > 0;
  const inner = topology ?? root;
  const model = member(inner, 'model_config') ?? inner;
  if (textOf(member(model, 'class_name')) !== undefined) return { model, hasWeights };
  if (textOf(member(root, 'format')) === 'graph-model' || member(inner, 'node'))
    return 'a TensorFlow graph of single operations, not of layers';
  return 'no model of Keras or TensorFlow.js';
};

const isModelClass = (className: string | undefined): boolean =>
  className === 'Sequential' || className === 'Functional' || className === 'Model';

// ── Sequential ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Keras 1 has the layers in place of the configuration. */
const layersOf = (model: JsonNode): readonly JsonNode[] => {
  const config = member(model, 'config');
  return config?.kind === 'array' ? config.items : itemsOf(member(config, 'layers'));
};

const build = (node: JsonNode, saved: Saved): Value => {
  const className = textOf(member(node, 'class_name'));
  if (!isModelClass(className)) return savedLayer(node, saved);
  return className === 'Sequential' ? sequential(node, saved) : functional(node, saved);
};

const nameOf = (node: JsonNode): string | undefined => textOf(member(member(node, 'config'), 'name')) ?? textOf(member(node, 'name'));

const named = (node: JsonNode, keywords: readonly (readonly [string, Value])[]): Args => {
  const name = nameOf(node);
  return { positional: [], keywords: new Map([...keywords, ...(name === undefined ? [] : [['name', str(name)] as const])]), open: false };
};

const isInput = (node: JsonNode | undefined): boolean => textOf(member(node, 'class_name')) === 'InputLayer';

const inputOf = (node: JsonNode, saved: Saved): Value => {
  const config = member(node, 'config');
  const entries = ['batch_shape', 'batch_input_shape', 'dtype', 'name', 'shape'].flatMap((key): [string, Value][] => {
    const value = member(config, key);
    return value ? [[key, savedValue(value, saved)]] : [];
  });
  return saved.interp.call(inputFunction, { positional: [], keywords: new Map(entries), open: false }, siteOf(node, saved.anchor));
};

const sequential = (model: JsonNode, saved: Saved): Value => {
  const nodes = layersOf(model);
  const shape = member(member(model, 'config'), 'build_input_shape');
  const tellsShape = isInput(nodes[0]) || member(member(nodes[0], 'config'), 'batch_input_shape') !== undefined;
  const site = siteOf(model, saved.anchor);
  const first =
    tellsShape || !shape || shape.kind !== 'array'
      ? []
      : [
          saved.interp.call(
            inputFunction,
            { positional: [], keywords: new Map([['batch_shape', savedValue(shape, saved)]]), open: false },
            siteAt(spanIn(saved.anchor, shape)),
          ),
        ];
  const layers = nodes.map((node) => (isInput(node) ? inputOf(node, saved) : build(node, saved)));
  return saved.interp.instantiate(SEQUENTIAL, named(model, [['layers', list([...first, ...layers])]]), site);
};

// ── Functional ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What one call of a layer gave, by the layer's name and the number of the call. */
type Outputs = Map<string, Value[]>;

interface Reference {
  readonly layer: string;
  readonly call: number;
  readonly tensor: number;
  /** Keras 3 writes the shape of every tensor down. */
  readonly shape?: JsonNode;
}

const numberOf = (node: JsonNode | undefined): number => (node?.kind === 'number' ? node.value : 0);

/** `["dense", 0, 0]` and Keras 3's `{"class_name": "__keras_tensor__", "config": {"keras_history": ["dense", 0, 0]}}` */
const referenceOf = (node: JsonNode | undefined): Reference | undefined => {
  if (textOf(member(node, 'class_name')) === '__keras_tensor__') {
    const config = member(node, 'config');
    const [reference, shape] = [referenceOf(member(config, 'keras_history')), member(config, 'shape')];
    return reference && shape ? { ...reference, shape } : reference;
  }
  const [layer, call, tensor] = itemsOf(node);
  const name = textOf(layer);
  return name === undefined || call?.kind !== 'number' ? undefined : { layer: name, call: call.value, tensor: numberOf(tensor) };
};

const outputAt = ({ layer, call, tensor, shape }: Reference, outputs: Outputs): Value | undefined => {
  const value = outputs.get(layer)?.[call];
  const one = value?.kind === 'list' || value?.kind === 'tuple' ? (value.items[tensor] ?? value) : value;
  if (shape) tellShape(one, shape);
  return one;
};

/** A layer whose class is not known has at least the output shape that the file says. */
const tellShape = (value: Value | undefined, shape: JsonNode): void => {
  const data = tensorData(value);
  const node = data?.node == null ? undefined : data.graph.nodes[data.node];
  if (!node || node.shape !== null || shape.kind !== 'array') return;
  node.shape = shape.items.map((size, i) => (size.kind === 'number' ? size.value : i === 0 ? BATCH : symbol(`${node.label}.size${i}`)));
};

/** An argument of a call: references become what they refer to. Undefined while one of them is not there yet. */
const argumentOf = (node: JsonNode, outputs: Outputs, saved: Saved): Value | undefined => {
  const reference = referenceOf(node);
  if (reference) return outputAt(reference, outputs);
  if (node.kind !== 'array') return savedValue(node, saved);
  const items = node.items.map((item) => argumentOf(item, outputs, saved));
  return items.some((item) => item === undefined) ? undefined : list(items as Value[]);
};

interface Call {
  readonly layer: string;
  readonly index: number;
  readonly node: JsonNode;
}

/** Arguments of one call of a layer, in either form; undefined while an input is missing. */
const argumentsOf = (call: JsonNode, outputs: Outputs, saved: Saved): Args | undefined => {
  const modern = member(call, 'args');
  const keywords = new Map<string, Value>();
  const addKeywords = (node: JsonNode | undefined): boolean => {
    if (node?.kind !== 'object') return true;
    for (const { key, value } of node.entries) {
      const argument = argumentOf(value, outputs, saved);
      if (argument === undefined) return false;
      if (key !== 'training') keywords.set(key, argument);
    }
    return true;
  };
  if (modern) {
    const positional = itemsOf(modern).map((item) => argumentOf(item, outputs, saved));
    if (positional.some((value) => value === undefined) || !addKeywords(member(call, 'kwargs'))) return undefined;
    return { positional: positional as Value[], keywords, open: false };
  }
  // [["dense", 0, 0, {…}], …]: all inputs of the call, the last item of the first has its other arguments.
  const tensors: Value[] = [];
  for (const item of itemsOf(call)) {
    const reference = referenceOf(item);
    const value = reference && outputAt(reference, outputs);
    if (!value) return undefined;
    tensors.push(value);
    if (!addKeywords(itemsOf(item)[3])) return undefined;
  }
  if (tensors.length === 0) return undefined;
  return { positional: tensors.length === 1 ? tensors : [list(tensors)], keywords, open: false };
};

const OPERATORS: Readonly<Record<string, string>> = { add: '+', sub: '-', mul: '*', truediv: '/', matmul: '@', pow: '**' };

/** Operations that were no layers: `keras.ops.multiply` as a class, TensorFlow functions as `TFOpLambda`. */
const operation = (node: JsonNode, site: CallSite, { interp }: Saved): Value | undefined => {
  const className = textOf(member(node, 'class_name')) ?? '';
  const module = textOf(member(node, 'module')) ?? '';
  if (/\bops\b/.test(module)) return functionAt(`keras.ops.${snakeCase(className)}`);
  if (className !== 'TFOpLambda' && className !== 'SlicingOpLambda') return undefined;
  const name = textOf(member(member(node, 'config'), 'function')) ?? '';
  const operator = OPERATORS[/^__operators__\.(\w+)$/.exec(name)?.[1] ?? ''];
  if (!operator) return functionAt(`tensorflow.${name}`);
  return {
    kind: 'native',
    name,
    binding: 'static',
    call: ({ positional, keywords }) => {
      const [a, b] = [positional[0], positional[1] ?? keywords.get('y')];
      return a && b ? interp.binary(operator, a, b, site.span) : unknown(name, site.span);
    },
  };
};

const functionAt = (path: string): Value => {
  const found = external(path);
  return found && found !== 'module' ? found : { ...unknown(`${path} is not modelled`), path };
};

/** Layers call one another in any order; each pass calls those whose inputs are there. */
const MAX_PASSES = 64;

const callAll = (calls: readonly Call[], layers: ReadonlyMap<string, Value>, outputs: Outputs, saved: Saved): readonly Call[] => {
  let waiting = calls;
  for (let pass = 0; pass < MAX_PASSES && waiting.length > 0; pass++) {
    const left: Call[] = [];
    for (const call of waiting) {
      const args = argumentsOf(call.node, outputs, saved);
      const layer = layers.get(call.layer);
      if (!args || !layer) {
        left.push(call);
        continue;
      }
      const results = outputs.get(call.layer) ?? [];
      results[call.index] = saved.interp.call(layer, args, siteAt(spanIn(saved.anchor, call.node)));
      outputs.set(call.layer, results);
    }
    if (left.length === waiting.length) return left;
    waiting = left;
  }
  return waiting;
};

/** One reference, or a list or an object of them. */
const referencesIn = (node: JsonNode | undefined): readonly Reference[] => {
  const one = referenceOf(node);
  if (one) return [one];
  if (node?.kind === 'object') return node.entries.flatMap((entry) => referencesIn(entry.value));
  return itemsOf(node).flatMap(referencesIn);
};

const functional = (model: JsonNode, saved: Saved): Value => {
  const config = member(model, 'config');
  const layers = new Map<string, Value>();
  const outputs: Outputs = new Map();
  const calls: Call[] = [];
  for (const node of layersOf(model)) {
    const name = textOf(member(node, 'name')) ?? nameOf(node);
    if (name === undefined) continue;
    if (isInput(node)) {
      outputs.set(name, [inputOf(node, saved)]);
      continue;
    }
    layers.set(name, operation(node, siteOf(node, saved.anchor), saved) ?? build(node, saved));
    itemsOf(member(node, 'inbound_nodes')).forEach((call, index) => {
      calls.push({ layer: name, index, node: call });
    });
  }
  const left = callAll(calls, layers, outputs, saved);
  if (left.length > 0) saved.interp.partial(`${left.length} calls of layers have inputs that are not there`, spanIn(saved.anchor, model));
  const values = (key: string): Value[] =>
    referencesIn(member(config, key)).map((reference) => outputAt(reference, outputs) ?? unknown(`${reference.layer} gave nothing`));
  const keywords: [string, Value][] = [
    ['inputs', list(values('input_layers'))],
    ['outputs', list(values('output_layers'))],
  ];
  return saved.interp.instantiate(MODEL, named(model, keywords), siteOf(model, saved.anchor));
};

// ── the whole file ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The model that a file holds, built; a sentence where it holds none. `loaded`: its weights are at hand, whatever drew them. */
export const readSaved = (root: JsonNode, anchor: Anchor, loaded: boolean, interp: Interpreter): SavedModel | string => {
  const version = textOf(member(member(root, 'modelTopology') ?? root, 'keras_version')) ?? '';
  const saved: Saved = { anchor, interp, tfjs: version.startsWith('tfjs') };
  const found = findModel(root);
  if (typeof found === 'string') return found;
  const className = textOf(member(found.model, 'class_name'));
  if (!isModelClass(className)) return `a model of the class ${className}, whose code is not in the file`;
  const model = build(found.model, saved);
  if (model.kind !== 'instance') return 'no model';
  if (loaded || found.hasWeights) setLayerLoaded(model, interp);
  return {
    model,
    name: nameOf(found.model) ?? 'model',
    span: spanIn(saved.anchor, found.model),
    nameSpan: nameSpanOf(found.model, anchor),
  };
};

/** Where findings about the whole model go: its name, else its class's. */
const nameSpanOf = (model: JsonNode, anchor: Anchor): SavedModel['nameSpan'] =>
  spanIn(anchor, member(member(model, 'config'), 'name') ?? member(model, 'class_name') ?? model);
