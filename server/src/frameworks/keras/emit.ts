/** Fixes: the initializer argument of a layer's constructor set or replaced, with the import that an object needs. */

import { signature } from '../../interpreter/native.ts';
import type { FixIntent } from '../../network/intent.ts';
import type { Node, Parameter } from '../../network/network.ts';
import type { Argument as CallArgument, CallExpr, SourceModule } from '../../syntax/ast.ts';
import { importsOf } from '../../syntax/locate.ts';
import { resolve, sameSpan } from '../../text/span.ts';
import type { Fix, TextEdit } from '../fix.ts';
import type { EmitContext } from '../framework.ts';
import { callAt, covers, insertion, textOf } from '../shared/callArguments.ts';
import { titleOf } from '../shared/recommended.ts';
import { CONTRIB_LAYERS } from './contrib.ts';
import { LAYERS } from './layers.ts';
import { isKeras1 } from './legacy.ts';
import { asCall, asFormula, type Spelled } from './spelling.ts';

/** One constructor call and the parameters that it initialises. */
export interface Target {
  readonly module: SourceModule;
  readonly call: CallExpr;
  readonly params: readonly Parameter[];
  readonly label: string;
}

const parameterFor = (node: Node, role: 'weight' | 'bias'): Parameter | undefined =>
  node.params.find((p) => p.role === role) ?? (role === 'weight' ? node.params.find((p) => p.role === 'embedding') : undefined);

export const targetsOf = (intent: FixIntent, context: EmitContext): readonly Target[] | undefined => {
  const all = [...context.network.nodes, ...context.network.unreached];
  const targets = new Map<CallExpr, Target>();
  for (const id of intent.nodes) {
    const node = all.find((n) => n.id === id);
    const param = node && parameterFor(node, intent.role);
    if (!node || !param) continue;
    // A variable's draw is a call of its own; everything else is an argument of the layer's constructor.
    const span = param.init.source === 'call' ? param.init.span : param.span;
    const module = context.module(span.anchor.file);
    const call = module && callAt(module, span);
    if (!module || !call) return undefined;
    if (targets.has(call)) continue;
    // Whatever else this call builds starts from the same text, so its fans count too.
    const others = all.flatMap((n) => n.params.filter((p) => p !== param && p.name === param.name && sameSpan(p.span, param.span)));
    targets.set(call, { module, call, label: node.label, params: [param, ...others] });
  }
  return targets.size > 0 ? [...targets.values()] : undefined;
};

// ── the argument ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const calleeName = (call: CallExpr): string =>
  call.callee.kind === 'attribute' ? call.callee.name : call.callee.kind === 'name' ? call.callee.id : '';

const argumentName = (target: Target, param: Parameter): string => {
  const name = calleeName(target.call);
  if (name === 'add_weight' || name === 'add_variable') return 'initializer';
  const last = param.name.slice(param.name.lastIndexOf('/') + 1);
  if (last === 'depthwise_kernel' || /^DepthwiseConv/.test(target.label))
    return last === 'bias' ? 'bias_initializer' : 'depthwise_initializer';
  if (last === 'pointwise_kernel') return 'pointwise_initializer';
  if (last === 'embeddings') return 'embeddings_initializer';
  return last === 'bias' ? 'bias_initializer' : 'kernel_initializer';
};

/** The argument as written: where the draw says it stands, by keyword, or by its place in the signature. */
const written = (target: Target, name: string, param: Parameter): CallArgument | undefined => {
  const { args } = target.call;
  const own =
    param.init.source === 'argument' ? args.find((arg) => arg.splat === '' && covers(arg.value.span, param.init.span)) : undefined;
  if (own) return own;
  const keyword = args.find((arg) => arg.name === name);
  if (keyword) return keyword;
  if (args.some((arg) => arg.splat === '*')) return undefined;
  const row = LAYERS.find((r) => r.name === calleeName(target.call) || r.aliases?.includes(calleeName(target.call)));
  const names = row
    ? signature(row.signature)
        .filter((p) => p.kind === 'normal')
        .map((p) => p.name)
    : calleeName(target.call) === 'add_weight' && args[0]?.value.kind !== 'string'
      ? ['shape', 'initializer']
      : [];
  const positional = args.filter((arg) => arg.name === null && arg.splat === '');
  const at = names.indexOf(name);
  return at >= 0 ? positional[at] : undefined;
};

// ── names and quotes ───────────────────────────────────────────────────────────────────────────────────────────────────────

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
  const last = imports.at(-1)?.statement;
  const at = last ? resolve(last.span).end : 0;
  const line = usesTensorflow ? 'from tensorflow import keras' : 'import keras';
  return { prefix: 'keras.initializers.', edit: { file: module.file, start: at, end: at, text: last ? `\n${line}` : `${line}\n` } };
};

/** The quote that the file prefers. */
export const quoteOf = (module: SourceModule): string => {
  const single = module.text.split("'").length;
  const double = module.text.replaceAll('"""', '').split('"').length;
  return single > double ? "'" : '"';
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

interface Made {
  readonly edits: readonly TextEdit[];
  readonly fn: string;
}

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
  const own =
    call.args.find((arg) => arg.name === name) ??
    (param.init.source === 'argument' ? call.args.find((arg) => arg.splat === '' && covers(arg.value.span, param.init.span)) : undefined);
  if (!own) return insertion(module, call, `${name}=${text}`);
  const { start, end } = resolve(own.value.span);
  return { file: module.file, start, end, text };
};

const makeEdits = (targets: readonly Target[], spell: Spell): Made | undefined => {
  const edits: TextEdit[] = [];
  let fn: string | undefined;
  for (const target of targets) {
    const { module, params } = target;
    const [param] = params;
    const spelled = spell(params);
    if (!param || !spelled) return undefined;
    const quote = quoteOf(module);
    const names = namesIn(module);
    const add = (edit: TextEdit): void => {
      if (!edits.some((e) => e.file === edit.file && e.start === edit.start && e.text === edit.text)) edits.push(edit);
    };
    if (param.init.source === 'call') {
      const edit = variableEdit(target, spelled, names, quote);
      if (!edit) return undefined;
      add(edit);
      if (names.edit) add(names.edit);
      fn ??= spelled.className;
      continue;
    }
    if (isContrib(target) || calleeName(target.call) === 'get_variable') return undefined;
    const old = keras1Name(target, argumentName(target, param));
    if (old !== undefined) {
      const edit = keras1Edit(target, old, spelled, param, quote);
      if (!edit) return undefined;
      add(edit);
      fn ??= spelled.string ?? spelled.className;
      continue;
    }
    const name = argumentName(target, param);
    const argument = written(target, name, param);
    // An initializer that came by a splat cannot be given twice.
    if (!argument && param.init.source === 'argument' && target.call.args.some((arg) => arg.splat !== '')) return undefined;
    const ownPrefix = prefixOfObject(module, argument);
    const asString = spelled.string !== undefined && ownPrefix === undefined;
    const text = asString ? `${quote}${spelled.string}${quote}` : objectText(spelled, ownPrefix ?? names.prefix, quote);
    if (!asString && ownPrefix === undefined && names.edit) add(names.edit);
    fn ??= asString ? (spelled.string ?? '') : spelled.className;
    if (argument) {
      const { start, end } = resolve(argument.value.span);
      add({ file: module.file, start, end, text });
    } else add(insertion(module, target.call, `${name}=${text}`));
  }
  if (fn === undefined) return undefined;
  return { fn, edits: edits.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start)) };
};

export const emitFixes = (intent: FixIntent, context: EmitContext): readonly Fix[] => {
  const targets = targetsOf(intent, context);
  if (!targets) return [];
  const title = titleOf(intent.to);
  const fixes: Fix[] = [];
  const call = makeEdits(targets, ([param]) => (param ? asCall(intent.to, param) : undefined));
  if (call)
    fixes.push({
      title: `Initialize with ${title} (${call.fn}, changes training)`,
      safe: false,
      preferred: true,
      style: 'call',
      edits: call.edits,
    });
  const formula = makeEdits(targets, (params) => asFormula(intent.to, params));
  if (formula && JSON.stringify(formula.edits) !== JSON.stringify(call?.edits))
    fixes.push({
      title: `Initialize with ${title}, formula spelled out (changes training)`,
      safe: false,
      preferred: fixes.length === 0,
      style: 'formula',
      edits: formula.edits,
    });
  return fixes;
};
