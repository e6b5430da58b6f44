/** Fixes: the initializer in a layer's configuration set or replaced, the draw of a variable rewritten. Valid JavaScript, in the file's style. */
import type { SetInitializer } from '../../network/intent.ts';
import type { Parameter } from '../../network/network.ts';
import type { CallExpr, DictExpr, SourceModule } from '../../syntax/ast.ts';
import { importsOf } from '../../syntax/locate.ts';
import { resolve } from '../../text/span.ts';
import type { Fix, TextEdit } from '../fix.ts';
import type { EmitContext } from '../framework.ts';
import { drawnAt } from '../keras/emit.ts';
import { asCall, asFormula, type Spelled } from '../keras/spelling.ts';
import { fixesOf, type Made, madeOf, quoteOf, type Target, targetsOf } from '../shared/argumentFixes.ts';
import { textOf } from '../shared/callArguments.ts';
import { emitWith, memberEdit } from '../shared/edits.ts';
import { camel } from './config.ts';

// ── spelling ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

const FUNCTION_NAMES: Readonly<Record<string, string>> = { LecunNormal: 'leCunNormal', LecunUniform: 'leCunUniform' };

const functionName = (className: string): string => FUNCTION_NAMES[className] ?? className.charAt(0).toLowerCase() + className.slice(1);

/** `(2 / 784) ** 0.5` as JavaScript writes it. */
const withSquareRoots = (text: string): string => {
  const at = text.indexOf(') ** 0.5');
  if (at < 0) return text;
  let depth = 0;
  for (let i = at; i >= 0; i--) {
    if (text[i] === ')') depth++;
    if (text[i] === '(' && --depth === 0) {
      const rest = text.slice(at + ') ** 0.5'.length);
      const [before, inside] = [text.slice(0, i), text.slice(i + 1, at)];
      // `-((…) ** 0.5)` needs no brackets around a call.
      return before.endsWith('-(') && rest.startsWith(')')
        ? `${before.slice(0, -1)}Math.sqrt(${inside})${rest.slice(1)}`
        : `${before}Math.sqrt(${inside})${rest}`;
    }
  }
  return text;
};

const LAWS: Readonly<Record<string, string>> = { truncated_normal: 'normal', uniform: 'uniform' };

const argumentText = (name: string, text: string, quote: string): string => {
  if (name === 'mode') return quote + camel(text) + quote;
  if (name === 'distribution') return quote + (LAWS[text] ?? text) + quote;
  return withSquareRoots(text.replace(/^(\d+)\.0$/, '$1'));
};

/** How a file writes. */
interface Style {
  readonly quote: string;
  /** Between a brace and what it holds. */
  readonly pad: string;
}

const styleOf = (module: SourceModule): Style => ({
  quote: quoteOf(module),
  pad: /\{ \w+: /.test(module.text) || !/\{\w+: /.test(module.text) ? ' ' : '',
});

/** `varianceScaling({scale: 2, mode: 'fanIn', distribution: 'normal'})` */
const objectText = (spelled: Spelled, prefix: string, { quote, pad }: Style): string => {
  const members = spelled.args.map(([name, text]) => `${name}: ${argumentText(name, text, quote)}`).join(', ');
  return `${prefix}${functionName(spelled.className)}(${members && `{${pad}${members}${pad}}`})`;
};

// ── names ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const PACKAGE = /@tensorflow\/tfjs/;

interface Names {
  /** What to write before a function of initializers: 'tf.initializers.'. */
  readonly prefix: string;
  readonly edit?: TextEdit;
}

/** How this file reaches tf.initializers: as it reaches the layer, else through its imports. */
const namesIn = (module: SourceModule, call: CallExpr): Names | undefined => {
  const callee = textOf(module, call.callee.span);
  const own = /^([\w$.]+)\.(?:layers\.\w+|variable|randomNormal|randomUniform|truncatedNormal|zeros|ones|fill)$/.exec(callee)?.[1];
  if (own) return { prefix: `${own}.initializers.` };
  for (const { statement } of importsOf(module)) {
    if (statement.kind === 'import') {
      const whole = statement.modules.find((one) => PACKAGE.test(one.module) && one.alias);
      if (whole) return { prefix: `${whole.alias}.initializers.` };
      continue;
    }
    if (!PACKAGE.test(statement.module)) continue;
    const known = statement.names.find((one) => one.name === 'initializers');
    if (known) return { prefix: `${known.alias ?? known.name}.` };
    const [first] = statement.names.filter((one) => one.name !== 'default');
    if (!first) continue;
    const { start } = resolve(first.span);
    return { prefix: 'initializers.', edit: { file: module.file, start, end: start, text: 'initializers, ' } };
  }
  return undefined;
};

// ── the configuration ──────────────────────────────────────────────────────────────────────────────────────────────────────

const configOf = (call: CallExpr): DictExpr | undefined => {
  const value = call.args[0]?.value;
  return value?.kind === 'dict' ? value : undefined;
};

/** The member that an initializer is given by. */
const memberName = (target: Target, param: Parameter): string => {
  const layer = target.label;
  if (param.name === 'bias') return 'biasInitializer';
  if (param.name === 'embeddings') return 'embeddingsInitializer';
  if (param.role === 'recurrentWeight') return 'recurrentInitializer';
  return /^(Depthwise|Separable)Conv/.test(layer) ? 'depthwiseInitializer' : 'kernelInitializer';
};

// ── edits ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const DRAW = /(?:^|\.)(randomNormal|truncatedNormal|randomUniform|zeros|ones|fill)$/;

/** `tf.randomNormal([784, 256])` drawn otherwise. */
const drawEdit = (target: Target, spelled: Spelled, names: Names, style: Style): TextEdit | undefined => {
  const { module, call } = target;
  const callee = textOf(module, call.callee.span);
  const shape = call.args[0];
  if (!shape || shape.splat || !DRAW.test(callee)) return undefined;
  const of = callee.replace(DRAW, '');
  const written = (name: string): string | undefined => {
    const text = spelled.args.find(([key]) => key === name)?.[1];
    return text === undefined ? undefined : argumentText(name, text, style.quote);
  };
  const sizes = textOf(module, shape.value.span);
  const at = of ? `${of}.` : '';
  const { start, end } = resolve(call.span);
  const draw = (): string => {
    if (spelled.className === 'RandomNormal') return `${at}randomNormal(${sizes}, ${written('mean') ?? '0'}, ${written('stddev')})`;
    if (spelled.className === 'RandomUniform') return `${at}randomUniform(${sizes}, ${written('minval')}, ${written('maxval')})`;
    return `${objectText(spelled, names.prefix, style)}.apply(${sizes})`;
  };
  return { file: module.file, start, end, text: draw() };
};

type Spell = (params: readonly Parameter[]) => Spelled | undefined;

const makeEdits = (targets: readonly Target[], spell: Spell): Made | undefined =>
  madeOf(targets, (target, add) => {
    const { module, params, call } = target;
    const [param] = params;
    const spelled = spell(params);
    const names = namesIn(module, call);
    if (!spelled) return undefined;
    const style = styleOf(module);
    const { quote } = style;
    const fn = functionName(spelled.className);
    if (param.init.source === 'call') {
      const edit = names && drawEdit(target, spelled, names, style);
      if (edit) add(edit);
      return edit && fn;
    }
    const asString = spelled.string !== undefined;
    if (!asString && !names) return undefined;
    const text = asString ? `${quote}${fn}${quote}` : objectText(spelled, names?.prefix ?? '', style);
    if (!asString && names?.edit) add(names.edit);
    // `this.addWeight('kernel', shape, 'float32', initializer)` takes an object.
    const config = configOf(call);
    if (!config) return undefined;
    add(memberEdit(module, config, memberName(target, param), text));
    return fn;
  });

const emitFixes = (intent: SetInitializer, context: EmitContext): readonly Fix[] => {
  const targets = targetsOf(intent, context, drawnAt);
  if (!targets) return [];
  const call = makeEdits(targets, ([param]) => (param ? asCall(intent.to, param) : undefined));
  const formula = makeEdits(targets, (params) => asFormula(intent.to, params));
  // Its normal initializers are cut at two deviations and not corrected for that: with a formula the std is the one that is promised.
  return fixesOf(intent.to, formula?.name === 'randomNormal' ? undefined : call, formula);
};

export const emit = emitWith(emitFixes, (name, value) => {
  if (name === 'bias') return { name: 'useBias', value };
  if (name === 'forgetBias') return value === 1 ? { name: 'unitForgetBias', value: true } : undefined;
  return { name, value };
});
