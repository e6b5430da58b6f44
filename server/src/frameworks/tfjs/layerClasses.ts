/**
 * The native classes of layers: `tf.layers.Layer`, and one class per row of the layer table, made by a function of `tf.layers`.
 *
 * For saved topologies: {@link layerOfClass} makes a layer out of its class name and configuration.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import { native, nativeClass } from '../../interpreter/native.ts';
import { findInClass } from '../../interpreter/objects.ts';
import type { Args, CallSite, ClassValue, InstanceValue, NativeCall, NativeFunction, Value } from '../../interpreter/values.ts';
import { args as makeArgs, NONE, str, UNDEFINED, unknown } from '../../interpreter/values.ts';
import { initRow, LAYER, layerClass } from '../keras/layerClasses.ts';
import type { LayerRow } from '../keras/layers/row.ts';
import { kerasState } from '../keras/state.ts';
import { activationsIn } from '../shared/opaque.ts';
import { emitOpaque } from '../shared/tensor.ts';
import { camel, configArgs, configSite, snake } from './config.ts';
import { LAYER_ROWS, ROWS_BY_CLASS } from './layers.ts';

/** A method of Keras's layers under its name in TensorFlow.js. */
const kerasMethod = (name: string): NativeCall => {
  const method = findInClass(LAYER, name);
  return method?.kind === 'native' ? method.call : () => UNDEFINED;
};

const withSelf = (self: Value | undefined, args: Args): Args => ({ ...args, positional: [self ?? UNDEFINED, ...args.positional] });

/** Calls a method of Keras with the configuration in keywords. */
export const configured =
  (call: NativeCall): NativeCall =>
  (args, site, interp) =>
    call(withSelf(args.positional[0], configArgs({ ...args, positional: args.positional.slice(1) })), configSite(site), interp);

/** Members that Keras has under another name. */
const RENAMED: Readonly<Record<string, string>> = { outputShape: 'output_shape', inputShape: 'input_shape' };

const attribute: NativeCall = (args, site, interp) => {
  const [self, name] = args.positional;
  if (name?.kind !== 'string') return unknown('a member');
  const asked = RENAMED[name.value] ?? snake(name.value);
  return kerasMethod('__getattr__')({ ...args, positional: [self ?? UNDEFINED, str(asked)] }, site, interp);
};

/** One of several inputs that is not known is an input all the same. */
const withOpaque = (value: Value, site: CallSite, interp: Interpreter): Value => {
  if (value.kind !== 'list') return value;
  const { graph } = kerasState(interp);
  const items = value.items.map((item) =>
    item.kind === 'unknown' ? emitOpaque(interp, graph, 'input', item.reason, activationsIn(item), site) : item,
  );
  return { ...value, items };
};

/** `layer.apply(x)`, `layer.apply([a, b])` */
const apply: NativeCall = (args, site, interp) => {
  const [self = UNDEFINED, inputs = UNDEFINED] = args.positional;
  return kerasMethod('__call__')({ ...args, positional: [self, withOpaque(inputs, site, interp)] }, site, interp);
};

const getWeights: NativeCall = (_args, site) => unknown('the weights of a layer', site.span);

export const JS_LAYER: ClassValue = nativeClass('tf.layers.Layer', [LAYER], {
  __init__: configured(kerasMethod('__init__')),
  __getattr__: attribute,
  apply,
  addWeight: kerasMethod('add_weight'),
  setWeights: kerasMethod('set_weights'),
  loadWeights: kerasMethod('load_weights'),
  getWeights,
  getConfig: () => ({ kind: 'dict', entries: new Map(), open: true }),
  computeOutputShape: (_args, site) => unknown('an output shape', site.span),
  invokeCallHook: () => UNDEFINED,
  getClassName: (args) => str(args.positional[0]?.kind === 'instance' ? args.positional[0].cls.name : 'Layer'),
  countParams: (_args, site) => unknown('a number of parameters', site.span),
  dispose: () => UNDEFINED,
});

/** An embedding's `inputLength` is the shape of its input. */
const withLength =
  (init: NativeCall): NativeCall =>
  (args, site, interp) => {
    const length = args.keywords.get('input_length');
    if (!length || args.keywords.has('input_shape') || args.keywords.has('batch_input_shape')) return init(args, site, interp);
    return init({ ...args, keywords: new Map([...args.keywords, ['input_shape', length]]) }, site, interp);
  };

const classOf = (row: LayerRow): ClassValue => {
  const cls = layerClass(row, JS_LAYER, 'tf.layers');
  const init = initRow(row);
  cls.attrs.set('__init__', native('__init__', configured(row.name === 'Embedding' ? withLength(init) : init)));
  return cls;
};

const CLASSES: ReadonlyMap<LayerRow, ClassValue> = new Map([...ROWS_BY_CLASS.values()].map((row) => [row, classOf(row)]));

/** Functions of `tf.layers`: each makes a layer of its class. */
export const LAYER_FUNCTIONS: ReadonlyMap<string, NativeFunction> = new Map(
  [...LAYER_ROWS].map(([name, row]) => [
    name,
    native(name, (args, site, interp) => interp.instantiate(CLASSES.get(row) ?? JS_LAYER, args, site), 'static'),
  ]),
);

/**
 * A layer of a class ('Dense', 'Conv2D') with the members of its configuration, in the spelling of Keras as saved topologies have it
 * (`kernel_initializer`) or in that of the source. Undefined where there is no such layer.
 */
export const layerOfClass = (className: string, config: Value, site: CallSite, interp: Interpreter): Value | undefined => {
  const row = ROWS_BY_CLASS.get(className);
  const cls = row && CLASSES.get(row);
  if (!cls || config.kind !== 'dict') return undefined;
  const entries = new Map(
    [...config.entries.values()].map(
      ({ key, value }) =>
        [
          key.kind === 'string' ? `s${camel(key.value)}` : 'None',
          { key: key.kind === 'string' ? str(camel(key.value)) : NONE, value },
        ] as const,
    ),
  );
  return interp.instantiate(cls, makeArgs([{ ...config, entries }]), site);
};

/** The layer instance that a native method is called on. */
export const selfOf = (args: Args): InstanceValue | undefined => {
  const [first] = args.positional;
  return first?.kind === 'instance' ? first : undefined;
};
