/** Fixes: the initializer argument of a layer's constructor or of `self.param` set or replaced, with the import that it needs. */
import { signature } from '../../interpreter/native.ts';
import type { SetInitializer } from '../../network/intent.ts';
import type { Parameter } from '../../network/network.ts';
import type { Argument, CallExpr, SourceModule } from '../../syntax/ast.ts';
import { importsOf } from '../../syntax/locate.ts';
import { resolve } from '../../text/span.ts';
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
import { drawnArray, sumsOverRows } from './drawnArrays.ts';
import { type Api, signatureOf } from './layers/row.ts';
import { classesOf } from './layers.ts';
import { asCall, asFormula, type Spelled } from './spelling.ts';

// ── the argument ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const isOwnParameter = (call: CallExpr): boolean => calleeName(call) === 'param' || calleeName(call) === 'variable';

/** Name of the constructor's argument that draws a parameter. */
const argumentName = (call: CallExpr, { name, role }: Parameter): string => {
  if (isOwnParameter(call)) return 'init_fn';
  if (name === 'lora_a') return 'a_initializer';
  if (name === 'lora_b') return 'b_initializer';
  if (role === 'embedding' || name === 'embedding') return 'embedding_init';
  if (role === 'recurrentWeight') return 'recurrent_kernel_init';
  return role === 'bias' || role === 'recurrentBias' ? 'bias_init' : 'kernel_init';
};

/** Arguments of the call in order, as its signature has them. */
const positionalNames = (call: CallExpr, api: Api): readonly string[] => {
  if (calleeName(call) === 'param') return ['name', 'init_fn'];
  if (calleeName(call) === 'variable') return ['col', 'name', 'init_fn'];
  const row = classesOf(api).find(([name]) => name === calleeName(call))?.[1];
  return row ? signature(signatureOf(row, api)).flatMap((p) => (p.kind === 'normal' ? [p.name] : [])) : [];
};

// ── names ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Names {
  /** What to write before an initializer: 'nn.initializers.'. */
  readonly prefix: string;
  readonly api: Api;
  /** An import that this needs. */
  readonly edit?: TextEdit;
}

const API: ReadonlyMap<string, Api> = new Map([
  ['flax.linen', 'linen'],
  ['flax.nnx', 'nnx'],
]);

/** How this file reaches the initializers: through the namespace that its layers come from, else through jax. */
const namesIn = (module: SourceModule): Names => {
  const imports = importsOf(module).filter((i) => i.topLevel);
  const found: { prefix: string; api: Api; rank: number }[] = [];
  for (const { statement } of imports) {
    if (statement.kind === 'import') {
      for (const one of statement.modules) {
        const api = API.get(one.module);
        if (api) found.push({ prefix: `${one.alias ?? one.module}.initializers.`, api, rank: 0 });
        if (/^(jax\.nn|flax\.linen|flax\.nnx)\.initializers$/.test(one.module) && one.alias)
          found.push({ prefix: `${one.alias}.`, api: 'linen', rank: 1 });
        if (one.module === 'jax') found.push({ prefix: `${one.alias ?? 'jax'}.nn.initializers.`, api: 'linen', rank: 2 });
      }
    } else if (statement.level === 0)
      for (const one of statement.names) {
        const api = API.get(`${statement.module}.${one.name}`);
        if (api) found.push({ prefix: `${one.alias ?? one.name}.initializers.`, api, rank: 0 });
        if (/^(jax\.nn|flax\.linen|flax\.nnx)$/.test(statement.module) && one.name === 'initializers')
          found.push({ prefix: `${one.alias ?? one.name}.`, api: 'linen', rank: 1 });
      }
  }
  const [best] = found.sort((a, b) => a.rank - b.rank);
  if (best) return best;
  return { prefix: 'initializers.', api: 'linen', edit: importEdit(module, 'from jax.nn import initializers') };
};

/** An initializer in place of another keeps the way that it is reached: `jax.nn.initializers.`. */
const prefixOf = (module: SourceModule, argument: Argument | undefined): string | undefined => {
  const value = argument?.value;
  const callee = value && textOf(module, value.kind === 'call' ? value.callee.span : value.span);
  return callee && /^[\w.]*initializers\.\w+$/.test(callee) ? callee.slice(0, callee.lastIndexOf('.') + 1) : undefined;
};

// ── edits ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

type Spell = (params: readonly Parameter[]) => Spelled | undefined;

const makeEdits = (targets: readonly Target[], spell: Spell): Made | undefined =>
  madeOf(targets, ({ module, call, params }, add) => {
    const [param] = params;
    const spelled = spell(params);
    if (!spelled) return undefined;
    const names = namesIn(module);
    if (param.init.source === 'call') {
      // An array that is drawn and held has no argument to set.
      const drawn = sumsOverRows(param) ? drawnArray(module, call, param) : undefined;
      if (!drawn) return undefined;
      if (names.edit) add(names.edit);
      const { start, end } = resolve(drawn.whole.span);
      const text = `${names.prefix}${spelled.name}(${spelled.args.replaceAll('"', quoteOf(module))})(${drawn.given})`;
      add({ file: module.file, start, end, text });
      return spelled.name;
    }
    const argument = argumentName(call, param);
    const given = writtenArgument(call, argument, param, positionalNames(call, names.api));
    if (!given && (isOwnParameter(call) || cameBySplat(call, param))) return undefined;
    const own = prefixOf(module, given);
    if (own === undefined && names.edit) add(names.edit);
    const text = `${own ?? names.prefix}${spelled.name}(${spelled.args.replaceAll('"', quoteOf(module))})`;
    add(setArgument(module, call, given, argument, text));
    return spelled.name;
  });

const emitFixes = (intent: SetInitializer, context: EmitContext): readonly Fix[] => {
  const targets = targetsOf(intent, context, (param) => param.span);
  if (!targets) return [];
  const call = makeEdits(targets, ([param]) => (param ? asCall(intent.to, param) : undefined));
  const formula = makeEdits(targets, (params) => asFormula(intent.to, params));
  return fixesOf(intent.to, call, formula);
};

export const emit = emitWith(
  emitFixes,
  layerWords(
    { bias: 'use_bias', forgetBias: () => undefined },
    (name) =>
      (['linen', 'nnx'] as const).flatMap((api) => classesOf(api).flatMap(([n, row]) => (n === name ? [signatureOf(row, api)] : [])))[0],
  ),
);
