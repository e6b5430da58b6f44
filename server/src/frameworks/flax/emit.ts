/** Fixes: the initializer argument of a layer's constructor or of `self.param` set or replaced, with the import that it needs. */
import { signature } from '../../interpreter/native.ts';
import type { FixIntent } from '../../network/intent.ts';
import type { Node, Parameter } from '../../network/network.ts';
import type { Argument, CallExpr, SourceModule } from '../../syntax/ast.ts';
import { importsOf } from '../../syntax/locate.ts';
import { resolve, sameSpan } from '../../text/span.ts';
import type { Fix, TextEdit } from '../fix.ts';
import type { EmitContext } from '../framework.ts';
import { callAt, covers, insertion, textOf } from '../shared/callArguments.ts';
import { titleOf } from '../shared/recommended.ts';
import { type Api, signatureOf } from './layers/row.ts';
import { classesOf } from './layers.ts';
import { asCall, asFormula, type Spelled } from './spelling.ts';

/** One call and the parameters that it draws. */
interface Target {
  readonly module: SourceModule;
  readonly call: CallExpr;
  readonly params: readonly Parameter[];
}

const parameterFor = (node: Node, role: 'weight' | 'bias'): Parameter | undefined =>
  node.params.find((p) => p.role === role) ?? (role === 'weight' ? node.params.find((p) => p.role === 'embedding') : undefined);

const targetsOf = (intent: FixIntent, context: EmitContext): readonly Target[] | undefined => {
  const all = [...context.network.nodes, ...context.network.unreached];
  const targets = new Map<CallExpr, Target>();
  for (const id of intent.nodes) {
    const node = all.find((n) => n.id === id);
    const param = node && parameterFor(node, intent.role);
    if (!param) continue;
    const module = context.module(param.span.anchor.file);
    const call = module && callAt(module, param.span);
    // An array that is computed (`nnx.Param(jax.random.normal(…) * 0.1)`) has no argument to set.
    if (!module || !call || param.init.source === 'call') return undefined;
    if (targets.has(call)) continue;
    // Whatever else this call builds starts from the same text, so its fans count too.
    const others = all.flatMap((n) => n.params.filter((p) => p !== param && p.name === param.name && sameSpan(p.span, param.span)));
    targets.set(call, { module, call, params: [param, ...others] });
  }
  return targets.size > 0 ? [...targets.values()] : undefined;
};

// ── the argument ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const calleeName = (call: CallExpr): string =>
  call.callee.kind === 'attribute' ? call.callee.name : call.callee.kind === 'name' ? call.callee.id : '';

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

/** The argument as written: where the draw says it stands, by keyword, or by its place in the signature. */
const written = ({ call }: Target, name: string, param: Parameter, api: Api): Argument | undefined => {
  const { args } = call;
  const own =
    param.init.source === 'argument' ? args.find((arg) => arg.splat === '' && covers(arg.value.span, param.init.span)) : undefined;
  const keyword = args.find((arg) => arg.name === name);
  if (own || keyword) return own ?? keyword;
  if (args.some((arg) => arg.splat === '*')) return undefined;
  const at = positionalNames(call, api).indexOf(name);
  return at < 0 ? undefined : args.filter((arg) => arg.name === null && arg.splat === '')[at];
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
  const last = imports.at(-1)?.statement;
  const at = last ? resolve(last.span).end : 0;
  const line = 'from jax.nn import initializers';
  const edit = { file: module.file, start: at, end: at, text: last ? `\n${line}` : `${line}\n` };
  return { prefix: 'initializers.', api: 'linen', edit };
};

/** The quote that the file prefers. */
const quoteOf = (module: SourceModule): string => {
  const single = module.text.split("'").length;
  const double = module.text.replaceAll('"""', '').split('"').length;
  return single > double ? "'" : '"';
};

/** An initializer in place of another keeps the way that it is reached: `jax.nn.initializers.`. */
const prefixOf = (module: SourceModule, argument: Argument | undefined): string | undefined => {
  const value = argument?.value;
  const callee = value && textOf(module, value.kind === 'call' ? value.callee.span : value.span);
  return callee && /^[\w.]*initializers\.\w+$/.test(callee) ? callee.slice(0, callee.lastIndexOf('.') + 1) : undefined;
};

// ── edits ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Made {
  readonly edits: readonly TextEdit[];
  readonly name: string;
}

const makeEdits = (targets: readonly Target[], spell: (params: readonly Parameter[]) => Spelled | undefined): Made | undefined => {
  const edits = new Map<string, TextEdit>();
  const add = (edit: TextEdit): void => {
    edits.set(`${edit.file}:${edit.start}:${edit.text}`, edit);
  };
  let first: string | undefined;
  for (const target of targets) {
    const { module, call, params } = target;
    const [param] = params;
    const spelled = spell(params);
    if (!param || !spelled) return undefined;
    const names = namesIn(module);
    const argument = argumentName(call, param);
    const given = written(target, argument, param, names.api);
    // An initializer that came by a splat or a partial cannot be given twice.
    if (!given && (isOwnParameter(call) || (param.init.source === 'argument' && call.args.some((arg) => arg.splat !== ''))))
      return undefined;
    const own = prefixOf(module, given);
    if (own === undefined && names.edit) add(names.edit);
    const text = `${own ?? names.prefix}${spelled.name}(${spelled.args.replaceAll('"', quoteOf(module))})`;
    first ??= spelled.name;
    if (given) {
      const { start, end } = resolve(given.value.span);
      add({ file: module.file, start, end, text });
    } else add(insertion(module, call, `${argument}=${text}`));
  }
  if (first === undefined) return undefined;
  return { name: first, edits: [...edits.values()].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start)) };
};

export const emitFixes = (intent: FixIntent, context: EmitContext): readonly Fix[] => {
  const targets = targetsOf(intent, context);
  if (!targets) return [];
  const title = titleOf(intent.to);
  const call = makeEdits(targets, ([param]) => (param ? asCall(intent.to, param) : undefined));
  const formula = makeEdits(targets, (params) => asFormula(intent.to, params));
  const fixes: Fix[] = [];
  if (call)
    fixes.push({
      title: `Initialize with ${title} (${call.name}, changes training)`,
      safe: false,
      preferred: true,
      style: 'call',
      edits: call.edits,
    });
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
