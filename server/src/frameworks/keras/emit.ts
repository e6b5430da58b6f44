/** Fixes: the initializer argument of a layer's constructor set or replaced, with the import that an object needs. */

import { signature } from '../../interpreter/native.ts';
import type { SetInitializer } from '../../network/intent.ts';
import type { Parameter } from '../../network/network.ts';
import type { Argument as CallArgument, CallExpr, SourceModule } from '../../syntax/ast.ts';
import { importsOf } from '../../syntax/locate.ts';
import { resolve, type Span } from '../../text/span.ts';
import type { Fix, TextEdit } from '../fix.ts';
import type { EmitContext } from '../framework.ts';
import {
  calleeName,
  cameBySplat,
  fixesOf,
  importEdit,
  type Made,
  madeOf,
  quoteOf,
  setArgument,
  type Target,
  targetsOf,
  writtenArgument,
} from '../shared/argumentFixes.ts';
import { textOf } from '../shared/callArguments.ts';
import { emitWith, layerWords } from '../shared/edits.ts';
import { CONTRIB_LAYERS } from './contrib.ts';
import { LAYERS } from './layers.ts';
import { isKeras1 } from './legacy.ts';
import { asCall, asFormula, type Spelled } from './spelling.ts';

// ── the argument ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const argumentName = (target: Target, param: Parameter): string => {
  const name = calleeName(target.call);
  if (name === 'add_weight' || name === 'add_variable') return 'initializer';
  const last = param.name.slice(param.name.lastIndexOf('/') + 1);
  if (last === 'depthwise_kernel' || /^DepthwiseConv/.test(target.label))
    return last === 'bias' ? 'bias_initializer' : 'depthwise_initializer';
  if (last === 'pointwise_kernel') return 'pointwise_initializer';
  if (last === 'embeddings') return 'embeddings_initializer';
  if (param.role === 'recurrentWeight') return 'recurrent_initializer';
  return last === 'bias' ? 'bias_initializer' : 'kernel_initializer';
};

/** Arguments of the call in order, as its signature has them. */
const positionalNames = (call: CallExpr): readonly string[] => {
  const name = calleeName(call);
  const row = LAYERS.find((r) => r.name === name || r.aliases?.includes(name));
  if (row) return signature(row.signature).flatMap((p) => (p.kind === 'normal' ? [p.name] : []));
  return name === 'add_weight' && call.args[0]?.value.kind !== 'string' ? ['shape', 'initializer'] : [];
};

// ── names ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const KERAS = /^(keras|tensorflow\.keras|tf_keras|keras_core)$/;

interface Names {
  /** What to write before a class of initializers: 'keras.initializers.'. */
  readonly prefix: string;
  /** An import that this needs. */
  readonly edit?: TextEdit;
}

/** How this file reaches keras.initializers. */
const namesIn = (module: SourceModule): Names => {
  const imports = importsOf(module).filter((i) => i.topLevel);
  let usesTensorflow = false;
  for (const { statement } of imports) {
    if (statement.kind === 'import') {
      for (const one of statement.modules) {
        if (/^(keras|tensorflow\.keras)\.initializers$/.test(one.module) && one.alias) return { prefix: `${one.alias}.` };
        if (KERAS.test(one.module) && (one.alias || one.module === 'keras')) return { prefix: `${one.alias ?? 'keras'}.initializers.` };
      }
    } else if (statement.level === 0) {
      if (/^tensorflow/.test(statement.module)) usesTensorflow = true;
      for (const one of statement.names) {
        if (KERAS.test(statement.module) && one.name === 'initializers') return { prefix: `${one.alias ?? 'initializers'}.` };
        if (/^(tensorflow|tensorflow\.python)$/.test(statement.module) && one.name === 'keras')
          return { prefix: `${one.alias ?? 'keras'}.initializers.` };
      }
    }
  }
  for (const { statement } of imports) {
    if (statement.kind !== 'import') continue;
    const tensorflow = statement.modules.find((one) => one.module === 'tensorflow');
    if (tensorflow) return { prefix: `${tensorflow.alias ?? 'tensorflow'}.keras.initializers.` };
  }
  const line = usesTensorflow ? 'from tensorflow import keras' : 'import keras';
  return { prefix: 'keras.initializers.', edit: importEdit(module, line) };
};

const isQuoted = (name: string): boolean => name === 'mode' || name === 'distribution';

const objectText = (spelled: Spelled, prefix: string, quote: string): string =>
  `${prefix}${spelled.className}(${spelled.args.map(([name, text]) => `${name}=${isQuoted(name) ? quote + text + quote : text}`).join(', ')})`;

// ── edits ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** `he_normal` in place of an object keeps the object's style: `keras.initializers.HeNormal()`. */
const prefixOfObject = (module: SourceModule, argument: CallArgument | undefined): string | undefined => {
  const value = argument?.value;
  if (value?.kind !== 'call') return undefined;
  const callee = textOf(module, value.callee.span);
  return /^[\w.]+\.\w+$/.test(callee) && /initializers\.\w+$/.test(callee) ? callee.slice(0, callee.lastIndexOf('.') + 1) : undefined;
};

type Spell = (params: readonly Parameter[]) => Spelled | undefined;

const DRAWS = /^(tf|tensorflow|keras|K)?\.?(random\.)?(normal|truncated_normal|uniform|random_normal|random_uniform|zeros|ones)$/;

/** `tf.random.normal([784, 256], stddev=1.0)` → `keras.initializers.HeNormal()(shape=[784, 256])` */
const variableEdit = (target: Target, spelled: Spelled, names: Names, quote: string): TextEdit | undefined => {
  const { module, call } = target;
  const callee = textOf(module, call.callee.span);
  const shape = call.args.find((arg) => arg.name === 'shape') ?? call.args.find((arg) => arg.name === null && arg.splat === '');
  if (!shape || !DRAWS.test(callee.replace(/^\w+\.random/, 'tf.random').replace(/^\w+\.(?=zeros|ones)/, 'tf.'))) return undefined;
  const { start, end } = resolve(call.span);
  return { file: module.file, start, end, text: `${objectText(spelled, names.prefix, quote)}(shape=${textOf(module, shape.value.span)})` };
};

/** TensorFlow 1's contrib layers name their arguments in another way. */
const isContrib = ({ module, call }: Target): boolean => {
  if (!CONTRIB_LAYERS.has(calleeName(call))) return false;
  const callee = textOf(module, call.callee.span);
  const [root] = callee.split('.');
  const source = importsOf(module).flatMap(({ statement }) =>
    statement.kind === 'import'
      ? statement.modules.filter((one) => (one.alias ?? one.module.split('.')[0]) === root).map((one) => one.module)
      : statement.names.filter((one) => (one.alias ?? one.name) === root).map((one) => `${statement.module}.${one.name}`),
  );
  return /(^|\.)(contrib|slim)\./.test(callee) || source.some((module) => /(^|\.)(contrib|slim)(\.|$)/.test(module));
};

/** What Keras 1 calls an initializer argument, in a call that is written in its names. */
const keras1Name = ({ call, label }: Target, name: string): string | undefined => {
  const row = LAYERS.find((r) => r.name === label);
  if (
    !row ||
    !isKeras1(
      row,
      call.args.flatMap((arg) => arg.name ?? []),
    )
  )
    return undefined;
  return name === 'recurrent_initializer' ? 'inner_init' : name === 'bias_initializer' ? undefined : 'init';
};

/** Initializers that Keras 1 has, which knows them by strings alone. */
const KERAS_1_STRINGS: Readonly<Record<string, string>> = {
  he_normal: 'he_normal',
  he_uniform: 'he_uniform',
  glorot_normal: 'glorot_normal',
  glorot_uniform: 'glorot_uniform',
  lecun_uniform: 'lecun_uniform',
  orthogonal: 'orthogonal',
  zeros: 'zero',
};

const keras1Edit = (target: Target, name: string, spelled: Spelled, param: Parameter, quote: string): TextEdit | undefined => {
  const known = spelled.string === undefined ? undefined : KERAS_1_STRINGS[spelled.string];
  if (known === undefined) return undefined;
  const { module, call } = target;
  const text = `${quote}${known}${quote}`;
  return setArgument(module, call, writtenArgument(call, name, param, []), name, text);
};

const makeEdits = (targets: readonly Target[], spell: Spell): Made | undefined =>
  madeOf(targets, (target, add) => {
    const { module, call, params } = target;
    const [param] = params;
    const spelled = spell(params);
    if (!spelled) return undefined;
    const quote = quoteOf(module);
    const names = namesIn(module);
    if (param.init.source === 'call') {
      const edit = variableEdit(target, spelled, names, quote);
      if (!edit) return undefined;
      add(edit);
      if (names.edit) add(names.edit);
      return spelled.className;
    }
    if (isContrib(target) || calleeName(call) === 'get_variable') return undefined;
    const name = argumentName(target, param);
    const old = keras1Name(target, name);
    if (old !== undefined) {
      const edit = keras1Edit(target, old, spelled, param, quote);
      if (edit) add(edit);
      return edit && (spelled.string ?? spelled.className);
    }
    const given = writtenArgument(call, name, param, positionalNames(call));
    if (!given && cameBySplat(call, param)) return undefined;
    const ownPrefix = prefixOfObject(module, given);
    const asString = spelled.string !== undefined && ownPrefix === undefined;
    const text = asString ? `${quote}${spelled.string}${quote}` : objectText(spelled, ownPrefix ?? names.prefix, quote);
    if (!asString && ownPrefix === undefined && names.edit) add(names.edit);
    add(setArgument(module, call, given, name, text));
    return asString ? (spelled.string ?? '') : spelled.className;
  });

/** A variable's draw is a call of its own; everything else is an argument of the layer's constructor. */
export const drawnAt = (param: Parameter): Span => (param.init.source === 'call' ? param.init.span : param.span);

const emitFixes = (intent: SetInitializer, context: EmitContext): readonly Fix[] => {
  const targets = targetsOf(intent, context, drawnAt);
  if (!targets) return [];
  const call = makeEdits(targets, ([param]) => (param ? asCall(intent.to, param) : undefined));
  const formula = makeEdits(targets, (params) => asFormula(intent.to, params));
  return fixesOf(intent.to, call, formula);
};

export const emit = emitWith(
  emitFixes,
  layerWords(
    { bias: 'use_bias', forgetBias: (value) => (value === 1 ? { name: 'unit_forget_bias', value: true } : undefined) },
    (name) => LAYERS.find((r) => r.name === name || r.aliases?.includes(name))?.signature,
  ),
);
