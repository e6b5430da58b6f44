/** Arrays that are drawn and held: `nnx.Param(0.01 * jax.random.normal(key, shape))`, where a fix replaces the draw with its factors. */
import type { Parameter } from '../../network/network.ts';
import { equalScalar } from '../../network/scalar.ts';
import type { CallExpr, Expr, SourceModule } from '../../syntax/ast.ts';
import { sameSpan } from '../../text/span.ts';
import { textOf } from '../shared/callArguments.ts';

/** Positions of key, shape and dtype in the draws of `jax.random`. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  normal: ['key', 'shape', 'dtype'],
  uniform: ['key', 'shape', 'dtype'],
  truncated_normal: ['key', 'lower', 'upper', 'shape', 'dtype'],
};

/** The draws in a product of factors; null where something else is computed with them. */
const drawsIn = (expr: Expr, param: Parameter): readonly CallExpr[] | null => {
  if (expr.kind === 'call' && sameSpan(expr.span, param.init.span)) return [expr];
  if (expr.kind === 'binary' && (expr.op === '*' || expr.op === '/')) {
    const [left, right] = [drawsIn(expr.left, param), drawsIn(expr.right, param)];
    return left && right && (expr.op === '*' || right.length === 0) ? [...left, ...right] : null;
  }
  return expr.kind === 'lambda' ? null : [];
};

export interface DrawnArray {
  /** What the initializer takes the place of. */
  readonly whole: Expr;
  /** Key, shape and dtype as written, for the call of the initializer. */
  readonly given: string;
}

/** The one draw in a call's array; undefined where its text does not show it. */
export const drawnArray = (module: SourceModule, call: CallExpr, param: Parameter): DrawnArray | undefined => {
  const [first] = call.args;
  if (!first || first.name !== null || first.splat !== '') return undefined;
  const [draw, ...others] = drawsIn(first.value, param) ?? [];
  if (!draw || others.length > 0 || draw.args.some((arg) => arg.splat !== '')) return undefined;
  const names = draw.callee.kind === 'attribute' ? ARGUMENTS[draw.callee.name] : undefined;
  if (!names) return undefined;
  const positional = draw.args.filter((arg) => arg.name === null);
  const [key, shape, dtype] = ['key', 'shape', 'dtype'].map((name) => {
    const arg = draw.args.find((one) => one.name === name) ?? positional[names.indexOf(name)];
    return arg && textOf(module, arg.value.span);
  });
  if (!key || !shape) return undefined;
  return { whole: first.value, given: [key, shape, ...(dtype ? [dtype] : [])].join(', ') };
};

/** JAX sums over the last axis but one: whether that is what the product sums over. */
export const sumsOverRows = ({ shape, fanIn, fanOut }: Parameter): boolean => {
  const [rows, columns] = shape ?? [];
  return (
    shape?.length === 2 &&
    rows != null &&
    columns != null &&
    fanIn !== null &&
    fanOut !== null &&
    equalScalar(rows, fanIn) &&
    equalScalar(columns, fanOut)
  );
};
