/** Fixes: the `W` argument of a layer's constructor set or replaced by an initializer of `lasagne.init`. */
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
import { LAYERS } from './layers.ts';
import { asCall, asFormula, type Spelled } from './spelling.ts';

/** One constructor call and the parameters that it initialises. */
interface Target {
  readonly module: SourceModule;
  readonly call: CallExpr;
  readonly argument: string;
  readonly params: readonly Parameter[];
}

const parameterFor = (node: Node, role: 'weight' | 'bias'): Parameter | undefined =>
  node.params.find((p) => p.role === role) ?? (role === 'weight' ? node.params.find((p) => p.role === 'embedding') : undefined);

/** Constructor argument that gives a parameter; gates have theirs inside `Gate(…)` and are left alone. */
const argumentOf = ({ path }: Parameter): string | undefined => {
  const name = path.slice(path.indexOf('.') + 1);
  if (name === 'W' || name === 'b') return name;
  return { 'input_to_hidden.W': 'W_in_to_hid', 'hidden_to_hidden.W': 'W_hid_to_hid', 'input_to_hidden.b': 'b' }[name];
};

const targetsOf = (intent: FixIntent, context: EmitContext): readonly Target[] | undefined => {
  const all = [...context.network.nodes, ...context.network.unreached];
  const targets = new Map<CallExpr, Target>();
  for (const id of intent.nodes) {
    const node = all.find((n) => n.id === id);
    const param = node && parameterFor(node, intent.role);
    if (!param) continue;
    const module = context.module(param.span.anchor.file);
    const call = module && callAt(module, param.span);
    const argument = argumentOf(param);
    if (!module || !call || !argument || param.init.source === 'call') return undefined;
    if (targets.has(call)) continue;
    // Whatever else this call builds starts from the same text, so its fans count too.
    const others = all.flatMap((n) => n.params.filter((p) => p !== param && p.name === param.name && sameSpan(p.span, param.span)));
    targets.set(call, { module, call, argument, params: [param, ...others] });
  }
  return targets.size > 0 ? [...targets.values()] : undefined;
};

// ── the argument ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const calleeName = (call: CallExpr): string =>
  call.callee.kind === 'attribute' ? call.callee.name : call.callee.kind === 'name' ? call.callee.id : '';

/** The argument as written: where the draw says it stands, by keyword, or by its place in the signature. */
const written = ({ call, argument }: Target, param: Parameter): Argument | undefined => {
  const { args } = call;
  const own =
    param.init.source === 'argument' ? args.find((arg) => arg.splat === '' && covers(arg.value.span, param.init.span)) : undefined;
  const keyword = args.find((arg) => arg.name === argument);
  if (own || keyword) return own ?? keyword;
  if (args.some((arg) => arg.splat === '*')) return undefined;
  const name = calleeName(call);
  const row = LAYERS.find((r) => r.name === name || r.aliases?.includes(name));
  const names = row ? signature(row.signature).flatMap((p) => (p.kind === 'normal' ? [p.name] : [])) : [];
  const at = names.indexOf(argument);
  return at < 0 ? undefined : args.filter((arg) => arg.name === null && arg.splat === '')[at];
};

// ── names ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Names {
  /** What to write before a class of initializers: 'lasagne.init.'. */
  readonly prefix: string;
  /** An import that this needs. */
  readonly edit?: TextEdit;
}

/** How this file reaches `lasagne.init`. */
const namesIn = (module: SourceModule): Names => {
  const imports = importsOf(module).filter((i) => i.topLevel);
  for (const { statement } of imports) {
    if (statement.kind === 'import') {
      for (const one of statement.modules) {
        if (one.module === 'lasagne.init' && one.alias) return { prefix: `${one.alias}.` };
        if (one.module === 'lasagne' && one.alias) return { prefix: `${one.alias}.init.` };
        if (one.module.split('.')[0] === 'lasagne' && !one.alias) return { prefix: 'lasagne.init.' };
      }
    } else if (statement.level === 0 && statement.module === 'lasagne') {
      const init = statement.names.find((one) => one.name === 'init');
      if (init) return { prefix: `${init.alias ?? 'init'}.` };
    }
  }
  const last = imports.at(-1)?.statement;
  const at = last ? resolve(last.span).end : 0;
  return { prefix: 'lasagne.init.', edit: { file: module.file, start: at, end: at, text: last ? '\nimport lasagne' : 'import lasagne\n' } };
};

/** An object in place of an object keeps the way that its class is reached, where that is a module. */
const prefixOfObject = (module: SourceModule, argument: Argument | undefined): string | undefined => {
  const value = argument?.value;
  if (value?.kind !== 'call') return undefined;
  const callee = textOf(module, value.callee.span);
  return /^[\w.]*init\.\w+$/.test(callee) ? callee.slice(0, callee.lastIndexOf('.') + 1) : undefined;
};

// ── edits ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Made {
  readonly edits: readonly TextEdit[];
  readonly text: string;
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
    const argument = written(target, param);
    // An initializer that came by a splat cannot be given twice.
    if (!argument && param.init.source === 'argument' && call.args.some((arg) => arg.splat !== '')) return undefined;
    const own = prefixOfObject(module, argument);
    const names = own === undefined ? namesIn(module) : { prefix: own };
    if (names.edit) add(names.edit);
    const text = `${names.prefix}${spelled.className}(${spelled.args})`;
    first ??= `${spelled.className}(${spelled.args})`;
    if (argument) {
      const { start, end } = resolve(argument.value.span);
      add({ file: module.file, start, end, text });
    } else add(insertion(module, call, `${target.argument}=${text}`));
  }
  if (first === undefined) return undefined;
  return { text: first, edits: [...edits.values()].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start)) };
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
      title: `Initialize with ${title} (${call.text}, changes training)`,
      safe: false,
      preferred: true,
      style: 'call',
      edits: call.edits,
    });
  if (formula)
    fixes.push({
      title: `Initialize with ${title}, formula spelled out (changes training)`,
      safe: false,
      preferred: fixes.length === 0,
      style: 'formula',
      edits: formula.edits,
    });
  return fixes;
};
