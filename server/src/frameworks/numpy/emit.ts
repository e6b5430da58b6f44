/** How numpy spells an initializer: the draw and what scales it are written anew as one formula over the array's own sizes. */
import type { Recommendation, SetInitializer } from '../../network/intent.ts';
import type { Parameter } from '../../network/network.ts';
import { type Dim, equalScalar, isNumber } from '../../network/scalar.ts';
import type { CallExpr, Expr, SourceModule } from '../../syntax/ast.ts';
import { importsOf, isStatement, pathAt } from '../../syntax/locate.ts';
import { type AstNode, isArgument, isParam } from '../../syntax/visit.ts';
import { resolve } from '../../text/span.ts';
import type { Fix, TextEdit } from '../fix.ts';
import type { EmitContext } from '../framework.ts';
import { callAt, textOf } from '../shared/callArguments.ts';
import { emitWith } from '../shared/edits.ts';
import { factor, floatText, hasFormula, isOne, limitOf, target, titleOf } from '../shared/recommended.ts';
import { NUMPY_LIKE } from './names.ts';

/** One draw in the text, and the parameters that it makes. */
interface Target {
  readonly module: SourceModule;
  readonly call: CallExpr;
  readonly params: readonly Parameter[];
}

const targetsOf = (intent: SetInitializer, { network, module }: EmitContext): readonly Target[] | undefined => {
  const all = network.nodes.flatMap((node) => node.params);
  const targets = new Map<CallExpr, Target>();
  for (const id of intent.nodes) {
    const param = network.nodes[id]?.params.find((p) => p.role === intent.role);
    if (!param) continue;
    const source = module(param.init.span.anchor.file);
    const call = source && callAt(source, param.init.span);
    if (!source || !call) return undefined;
    if (targets.has(call)) continue;
    const { start } = resolve(param.init.span);
    targets.set(call, { module: source, call, params: all.filter((p) => p.role === intent.role && resolve(p.init.span).start === start) });
  }
  return targets.size > 0 ? [...targets.values()] : undefined;
};

// ── the expression ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const isExpression = (node: AstNode | undefined): node is Expr =>
  node !== undefined && !isParam(node) && !isArgument(node) && !isStatement(node);

interface Place {
  readonly start: number;
  readonly end: number;
  /** Another operator or an attribute binds tighter than the formula. */
  readonly wrap: boolean;
}

/** The draw with what is multiplied, divided, added around it. */
const placeOf = ({ module, call }: Target): Place | undefined => {
  const { start, end } = resolve(call.span);
  const path = pathAt(module, start, end);
  let at = path.lastIndexOf(call);
  let whole: Expr = call;
  for (let up = path[at - 1]; isExpression(up); up = path[--at - 1]) {
    const scales = (up.kind === 'binary' && ['*', '/', '+', '-'].includes(up.op)) || (up.kind === 'unary' && up.op === '-');
    if (!scales) break;
    whole = up;
  }
  const statement = path.findLast(isStatement);
  const [name] = statement?.kind === 'assign' ? statement.targets : [];
  // Scaled once more by a statement of its own: that would scale the formula too.
  if (name?.kind === 'name' && new RegExp(`(^|[^\\w.])${name.id}\\s*[*/]=`).test(module.text)) return undefined;
  const range = resolve(whole.span);
  const parent = path[path.indexOf(whole) - 1];
  const binds = isExpression(parent) && ['binary', 'unary', 'attribute', 'subscript'].includes(parent.kind);
  const inside = module.text[range.start - 1] === '(' && module.text[range.end] === ')';
  return { start: range.start, end: range.end, wrap: binds && !inside };
};

/** Sizes as the draw writes them: `randn(n, m)`, `size=(n, m)`, `np.zeros((n, m))`. */
const sizesOf = ({ module, call, params }: Target): readonly string[] | undefined => {
  const name = params[0]?.init.name.split('.').at(-1) ?? '';
  const spread = name === 'randn' || name === 'rand';
  const plain = call.args.filter((a) => a.name === null);
  if (plain.some((a) => a.splat !== '')) return undefined;
  if (spread) return plain.map((a) => textOf(module, a.value.span));
  const at = { normal: 2, uniform: 2, full: 0, zeros: 0, ones: 0, random: 0, random_sample: 0, standard_normal: 0 }[name];
  const size = call.args.find((a) => a.name === 'size' || a.name === 'shape') ?? (at === undefined ? undefined : plain[at]);
  if (size?.value.kind !== 'tuple' && size?.value.kind !== 'list') return undefined;
  return size.value.items.map((item) => textOf(module, item.span));
};

const sum = (terms: readonly string[]): string =>
  terms.length > 1 ? `(${terms.join(' + ')})` : /^[\w.[\]]+$/.test(terms[0] ?? '') ? (terms[0] ?? '') : `(${terms[0]})`;

/** A fan in the words of the draw, where it is the same axis of every array that the draw makes; else its number. */
const fanText = (sizes: readonly string[], params: readonly Parameter[], fan: (p: Parameter) => Dim | null): string | undefined => {
  for (const [axis, text] of sizes.entries()) {
    const same = params.every((p) => {
      const [size, wanted] = [p.shape?.[axis], fan(p)];
      return p.shape?.length === 2 && size !== null && size !== undefined && wanted !== null && equalScalar(size, wanted);
    });
    if (same && sizes.length === 2) return text;
  }
  const [first] = params.map(fan);
  return isNumber(first) && params.every((p) => fan(p) === first) ? String(first) : undefined;
};

// ── the formula ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What the file calls numpy. */
const numpyIn = (module: SourceModule): string | undefined => {
  for (const { statement, topLevel } of importsOf(module)) {
    if (!topLevel || statement.kind !== 'import') continue;
    const one = statement.modules.find((m) => NUMPY_LIKE.has(m.module));
    if (one) return one.alias ?? one.module;
  }
  return undefined;
};

/** `np.random` or a generator, by the draw as it stands. */
const streamOf = ({ module, call, params }: Target, np: string | undefined): string | undefined => {
  const drawn = params[0]?.init.name.startsWith('np.random.') === true;
  if (drawn && call.callee.kind === 'attribute') return textOf(module, call.callee.object.span);
  return np && `${np}.random`;
};

const formula = (to: Recommendation, one: Target, sizes: readonly string[]): string | undefined => {
  const np = numpyIn(one.module);
  const stream = streamOf(one, np);
  if (!stream) return undefined;
  const shape = `(${sizes.join(', ')})`;
  if (to.family === 'zeros') return np && `${np}.zeros(${shape})`;
  if (to.family === 'fixed') {
    const [std, limit] = [floatText(to.gain), limitOf(to)];
    return to.law === 'uniform' ? `${stream}.uniform(-${limit}, ${limit}, ${shape})` : `${stream}.normal(0.0, ${std}, ${shape})`;
  }
  if (to.family === 'identity')
    return np && sizes.length === 2 ? `${isOne(to.gain) ? '' : `${floatText(to.gain)} * `}${np}.eye(${sizes.join(', ')})` : undefined;
  if (!hasFormula(to)) return undefined;
  const { scale, mode } = target(to);
  const fanIn = fanText(sizes, one.params, (p) => p.fanIn);
  const fanOut = fanText(sizes, one.params, (p) => p.fanOut);
  const terms = mode === 'fanAvg' ? [fanIn, fanOut] : [mode === 'fanIn' ? fanIn : fanOut];
  if (terms.some((t) => t === undefined)) return undefined;
  const outside = to.family === 'glorot' && Number.isInteger(to.gain) ? to.gain : 1;
  // Glorot's average of two fans brings a 2; a uniform law reaches √3 standard deviations.
  const inside = (scale / (outside * outside)) * (mode === 'fanAvg' ? 2 : 1) * (to.law === 'uniform' ? 3 : 1);
  const quotient = `${floatText(inside)} / ${sum(terms as string[])}`;
  const root = np ? `${np}.sqrt(${quotient})` : `(${quotient}) ** 0.5`;
  const text = isOne(outside) ? root : `${factor(outside)} * ${root}`;
  if (to.law === 'uniform') return `${stream}.uniform(-${text}, ${text}, ${shape})`;
  const plain = one.params[0]?.init.name === 'np.random.randn' || stream === `${np}.random`;
  return plain
    ? `${stream}.randn(${sizes.join(', ')}) * ${isOne(outside) ? root : `(${text})`}`
    : `${stream}.normal(0.0, ${text}, ${shape})`;
};

const editFor = (to: Recommendation, one: Target): TextEdit | undefined => {
  const [place, sizes] = [placeOf(one), sizesOf(one)];
  const text = place && sizes && formula(to, one, sizes);
  return text && place ? { file: one.module.file, start: place.start, end: place.end, text: place.wrap ? `(${text})` : text } : undefined;
};

const emitFixes = (intent: SetInitializer, context: EmitContext): readonly Fix[] => {
  const targets = targetsOf(intent, context);
  const edits = targets?.map((one) => editFor(intent.to, one));
  if (!edits || edits.some((e) => e === undefined)) return [];
  const sorted = (edits as TextEdit[]).sort((a, b) => a.start - b.start);
  if (sorted.some((edit, i) => edit.end > (sorted[i + 1]?.start ?? Number.POSITIVE_INFINITY))) return [];
  return [
    {
      title: `Initialize with ${titleOf(intent.to)}, formula spelled out (changes training)`,
      safe: false,
      preferred: true,
      style: 'formula',
      edits: sorted,
    },
  ];
};

export const emit = emitWith(emitFixes);
