/** Fixes that set the initializer argument of a layer's constructor: what the frameworks that have such arguments do alike. */
import type { Recommendation, SetInitializer } from '../../network/intent.ts';
import type { Node, Parameter } from '../../network/network.ts';
import type { Argument, CallExpr, SourceModule } from '../../syntax/ast.ts';
import { importsOf } from '../../syntax/locate.ts';
import { resolve, type Span, sameSpan } from '../../text/span.ts';
import type { Fix, TextEdit } from '../fix.ts';
import type { EmitContext } from '../framework.ts';
import { callAt, covers, insertion } from './callArguments.ts';
import { titleOf } from './recommended.ts';

/** One call and the parameters that it draws. */
export interface Target {
  readonly module: SourceModule;
  readonly call: CallExpr;
  /** The one that the fix is for, then whatever else the same text draws. */
  readonly params: readonly [Parameter, ...Parameter[]];
  readonly label: string;
}

const parameterFor = (node: Node, role: SetInitializer['role']): Parameter | undefined =>
  node.params.find((p) => p.role === role) ?? (role === 'weight' ? node.params.find((p) => p.role === 'embedding') : undefined);

/**
 * The calls that an intent is about. `drawnAt` says where the call stands that draws a parameter, undefined where the framework has no
 * argument for it; then there is no fix.
 */
export const targetsOf = (
  intent: SetInitializer,
  context: EmitContext,
  drawnAt: (param: Parameter) => Span | undefined,
): readonly Target[] | undefined => {
  const all = [...context.network.nodes, ...context.network.unreached];
  const targets = new Map<CallExpr, Target>();
  for (const id of intent.nodes) {
    const node = all.find((n) => n.id === id);
    const param = node && parameterFor(node, intent.role);
    if (!param) continue;
    const span = drawnAt(param);
    const module = span && context.module(span.anchor.file);
    const call = module && callAt(module, span);
    if (!call) return undefined;
    if (targets.has(call)) continue;
    // Whatever else this call builds starts from the same text, so its fans count too.
    const others = all.flatMap((n) => n.params.filter((p) => p !== param && p.name === param.name && sameSpan(p.span, param.span)));
    targets.set(call, { module, call, label: node.label, params: [param, ...others] });
  }
  return targets.size > 0 ? [...targets.values()] : undefined;
};

/** `Linear` of `nn.Linear(…)`; empty for a callee that is neither a name nor an attribute. */
export const calleeName = ({ callee }: CallExpr): string =>
  callee.kind === 'attribute' ? callee.name : callee.kind === 'name' ? callee.id : '';

/** The argument as written: where the draw says it stands, by keyword, or by its place among `order`, the signature's names. */
export const writtenArgument = (call: CallExpr, name: string, param: Parameter, order: readonly string[]): Argument | undefined => {
  const { args } = call;
  const own =
    param.init.source === 'argument' ? args.find((arg) => arg.splat === '' && covers(arg.value.span, param.init.span)) : undefined;
  const given = own ?? args.find((arg) => arg.name === name);
  if (given || args.some((arg) => arg.splat === '*')) return given;
  const at = order.indexOf(name);
  return at < 0 ? undefined : args.filter((arg) => arg.name === null && arg.splat === '')[at];
};

/** An initializer that came by a splat or a partial cannot be given twice. */
export const cameBySplat = (call: CallExpr, param: Parameter): boolean =>
  param.init.source === 'argument' && call.args.some((arg) => arg.splat !== '');

/** `text` in the place of the argument as written, else as one more keyword. */
export const setArgument = (module: SourceModule, call: CallExpr, given: Argument | undefined, name: string, text: string): TextEdit => {
  if (!given) return insertion(module, call, `${name}=${text}`);
  const { start, end } = resolve(given.value.span);
  return { file: module.file, start, end, text };
};

/** An import below the last one of the file. */
export const importEdit = (module: SourceModule, line: string): TextEdit => {
  const last = importsOf(module)
    .filter((i) => i.topLevel)
    .at(-1)?.statement;
  const at = last ? resolve(last.span).end : 0;
  return { file: module.file, start: at, end: at, text: last ? `\n${line}` : `${line}\n` };
};

/** The quote that the file prefers. */
export const quoteOf = (module: SourceModule): string => {
  const single = module.text.split("'").length;
  const double = module.text.replaceAll('"""', '').split('"').length;
  return single > double ? "'" : '"';
};

/** Edits of one fix and the name of what it sets, as its title has it. */
export interface Made {
  readonly edits: readonly TextEdit[];
  readonly name: string;
}

/**
 * The edits for all targets, each once, in the order of the text; undefined where one target cannot be set. `set` adds the edits of a
 * target and gives the name of what it sets.
 */
export const madeOf = (
  targets: readonly Target[],
  set: (target: Target, add: (edit: TextEdit) => void) => string | undefined,
): Made | undefined => {
  const edits = new Map<string, TextEdit>();
  let name: string | undefined;
  for (const target of targets) {
    const one = set(target, (edit) => edits.set(`${edit.file}:${edit.start}:${edit.text}`, edit));
    if (one === undefined) return undefined;
    name ??= one;
  }
  if (name === undefined) return undefined;
  return { name, edits: [...edits.values()].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start)) };
};

/** The framework's own initializer, and the same draw as a formula where that is another text. */
export const fixesOf = (to: Recommendation, call: Made | undefined, formula: Made | undefined): readonly Fix[] => {
  const title = titleOf(to);
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
      preferred: !call,
      style: 'formula',
      edits: formula.edits,
    });
  return fixes;
};
