/** Functions that make a layer and call it at once: `layers.add([a, b])`, `tf.layers.dense(x, 10)`, Keras 1's `merge`. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asString, native } from '../../interpreter/native.ts';
import type { Args, CallSite, ClassValue, NativeFunction, Value } from '../../interpreter/values.ts';
import { unknown } from '../../interpreter/values.ts';
import { emitInput } from '../shared/graph.ts';
import { activationsIn } from '../shared/opaque.ts';
import { activation, wrap } from '../shared/tensor.ts';
import { LAYER, LAYER_CLASSES } from './layerClasses.ts';
import { noteMade } from './scripts.ts';
import { kerasState } from './state.ts';

/** Positions of the arguments after the first was taken off. */
const shifted = (site: CallSite): CallSite => ({
  ...site,
  argSpans: new Map([...site.argSpans].map(([key, span]) => [typeof key === 'number' ? key - 1 : key, span])),
});

/** What is given as the input; data that nobody followed (`features['x']`) becomes an input of the graph. */
export const inputOf = (value: Value, site: CallSite, interp: Interpreter): Value => {
  if (value.kind !== 'unknown' || activationsIn(value).length > 0) return value;
  const { graph } = kerasState(interp);
  const id = emitInput(graph, value.symbol ?? 'inputs', null, false, site.span);
  return wrap(interp, activation(graph, id), site);
};

const layerFunction = (name: string, cls: ClassValue, version1: boolean): NativeFunction =>
  native(name, (args, site, interp) => {
    if (version1) kerasState(interp).usesGraphs = true;
    const inputs = args.positional[0] ?? args.keywords.get('inputs');
    if (!inputs) return unknown(`${name} without inputs`, site.span);
    const keywords = new Map([...args.keywords].filter(([key]) => key !== 'inputs'));
    const rest: Args = { ...args, positional: args.positional.slice(1), keywords };
    const layer = interp.instantiate(cls, rest, shifted(site));
    noteMade(layer, interp);
    return interp.call(layer, { positional: [inputOf(inputs, site, interp)], keywords: new Map(), open: false }, site);
  });

type Names = readonly (readonly [name: string, cls: string])[];

const MERGES: Names = [
  ['add', 'Add'],
  ['subtract', 'Subtract'],
  ['multiply', 'Multiply'],
  ['average', 'Average'],
  ['maximum', 'Maximum'],
  ['minimum', 'Minimum'],
  ['concatenate', 'Concatenate'],
  ['dot', 'Dot'],
];

/** tf.layers, which TensorFlow 2 has no more. */
const OF_VERSION_1: Names = [
  ['dense', 'Dense'],
  ['conv1d', 'Conv1D'],
  ['conv2d', 'Conv2D'],
  ['conv3d', 'Conv3D'],
  ['conv2d_transpose', 'Conv2DTranspose'],
  ['conv3d_transpose', 'Conv3DTranspose'],
  ['separable_conv1d', 'SeparableConv1D'],
  ['separable_conv2d', 'SeparableConv2D'],
  ['max_pooling1d', 'MaxPooling1D'],
  ['max_pooling2d', 'MaxPooling2D'],
  ['max_pooling3d', 'MaxPooling3D'],
  ['average_pooling1d', 'AveragePooling1D'],
  ['average_pooling2d', 'AveragePooling2D'],
  ['average_pooling3d', 'AveragePooling3D'],
  ['batch_normalization', 'BatchNormalization'],
  ['dropout', 'Dropout'],
  ['flatten', 'Flatten'],
];

/** Modes of Keras 1's `merge([a, b], mode='concat', concat_axis=-1)`. */
const MODES: Readonly<Record<string, string>> = {
  sum: 'Add',
  mul: 'Multiply',
  concat: 'Concatenate',
  ave: 'Average',
  max: 'Maximum',
  dot: 'Dot',
};

const mergeFunction = native('merge', (args, site, interp) => {
  const inputs = args.positional[0] ?? args.keywords.get('inputs');
  const mode = args.positional[1] ?? args.keywords.get('mode');
  const name = mode === undefined ? 'Add' : MODES[asString(mode) ?? ''];
  const cls = name === undefined ? undefined : LAYER_CLASSES.get(name);
  if (!inputs || !cls) return interp.call(unknown('merge with a mode that is not known', site.span), args, site);
  const axis = args.keywords.get('concat_axis');
  const keywords = new Map<string, Value>();
  if (axis && name === 'Concatenate') keywords.set('axis', axis);
  const given = args.keywords.get('name');
  if (given) keywords.set('name', given);
  const layer = interp.instantiate(cls, { positional: [], keywords, open: false }, site);
  return interp.call(layer, { positional: [inputs], keywords: new Map(), open: false }, site);
});

export const LAYER_FUNCTIONS: ReadonlyMap<string, NativeFunction> = new Map([
  ...MERGES.map(([name, cls]) => [name, layerFunction(name, LAYER_CLASSES.get(cls) ?? LAYER, false)] as const),
  ...OF_VERSION_1.map(([name, cls]) => [name, layerFunction(name, LAYER_CLASSES.get(cls) ?? LAYER, true)] as const),
  ['merge', mergeFunction] as const,
]);
