/**
 * Products of two tensors with axes given by letters, as `einsum` spells them: sums over the letters that the output lacks. A matrix of
 * weights makes a dense layer; two activations a matrix product. Axes are brought into order by permutes and reshapes.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import type { CallSite, Value } from '../../interpreter/values.ts';
import type { Op } from '../../network/op.ts';
import { type Dim, product, type Shape, symbol } from '../../network/scalar.ts';
import { type GraphParam, shapeOf } from './graph.ts';
import { asParam, emit, type TensorData, tensorData, wrap } from './tensor.ts';

export interface Operand {
  readonly tensor: TensorData;
  /** One letter an axis. */
  readonly letters: string;
}

export interface Equation {
  readonly inputs: readonly string[];
  readonly output: string;
}

/** `'bij,bjk->bik'`, blanks and an ellipsis allowed; `ranks` say how many axes an ellipsis stands for. */
export const parseEquation = (text: string, ranks: readonly (number | undefined)[]): Equation | undefined => {
  const [left = '', right] = text.replace(/\s/g, '').split('->');
  const given = left.split(',');
  if (given.length !== ranks.length) return undefined;
  const dots = given.map((letters, i) => (letters.includes('...') ? (ranks[i] ?? Number.NaN) - (letters.length - 3) : 0));
  if (dots.some((n) => !(n >= 0))) return undefined;
  const most = Math.max(0, ...dots);
  // Axes of an ellipsis are named from the last, so that shorter ones broadcast.
  const names = Array.from({ length: most }, (_, i) => String.fromCharCode(0x2460 + most - 1 - i)).join('');
  const spread = (letters: string, count: number): string => letters.replace('...', names.slice(most - count));
  const inputs = given.map((letters, i) => spread(letters, dots[i] as number));
  const all = inputs.join('');
  const once = [...new Set(all)].filter((c) => all.indexOf(c) === all.lastIndexOf(c) && !names.includes(c)).sort();
  const output = right === undefined ? names + once.join('') : spread(right, most);
  return inputs.some((letters) => new Set(letters).size !== letters.length) ? undefined : { inputs, output };
};

const sizesOf = (operands: readonly Operand[]): ReadonlyMap<string, Dim> => {
  const sizes = new Map<string, Dim>();
  for (const { tensor, letters } of operands) {
    const shape = shapeOf(tensor);
    [...letters].forEach((letter, i) => {
      const size = shape?.[i];
      const known = sizes.get(letter);
      if (size !== undefined && (known === undefined || known === 1)) sizes.set(letter, size);
    });
  }
  return sizes;
};

/** a and b with the letters that the result keeps; undefined where it is no product that the graph has an op for. */
export const contract = (interp: Interpreter, a: Operand, b: Operand, output: string, label: string, site: CallSite): Value | undefined => {
  const { graph } = a.tensor;
  const sizes = sizesOf([a, b]);
  const size = (letter: string): Dim => sizes.get(letter) ?? symbol(`${letter}?`);
  const shapeIn = (letters: string): Shape => [...letters].map(size);
  const without = (letters: string, others: string): string => [...letters].filter((c) => !others.includes(c)).join('');
  const summed = without([...a.letters].filter((c) => b.letters.includes(c)).join(''), output);
  // A letter of one side alone that the output lacks is a sum before the product.
  if (without(a.letters + b.letters, output + summed) !== '') return undefined;
  const make = (op: Op, inputs: readonly TensorData[], shape: Shape, param?: GraphParam): Value =>
    emit(interp, graph, { op, inputs, label, shape, params: param ? [param] : [] }, site);
  const step = (op: Op, inputs: readonly TensorData[], shape: Shape, param?: GraphParam): TensorData =>
    tensorData(make(op, inputs, shape, param)) as TensorData;
  const ordered = (x: TensorData, from: string, to: string): TensorData =>
    from === to ? x : step({ kind: 'permute', axes: [...to].map((c) => from.indexOf(c)) }, [x], shapeIn(to));
  const reshaped = (x: TensorData, shape: Shape, needed: boolean): TensorData =>
    needed ? step({ kind: 'reshape', shape }, [x], shape) : x;
  const finish = (x: TensorData, letters: string, needed: boolean): Value =>
    wrap(interp, ordered(reshaped(x, shapeIn(letters), needed), letters, output), site);

  const [active, weight] = a.tensor.node !== null ? [a, b] : [b, a];
  if (active.tensor.node === null) return undefined;
  if (weight.tensor.node === null) {
    if (!weight.tensor.storage || summed === '') return undefined;
    // Rows that both share have a matrix each; to the signal that is one dense layer.
    const kept = without(active.letters, summed);
    const made = without(weight.letters, active.letters);
    const [inFeatures, outFeatures] = [product(shapeIn(summed)), product(shapeIn(made))];
    const x = ordered(active.tensor, active.letters, kept + summed);
    const input = reshaped(x, [...shapeIn(kept), inFeatures], summed.length !== 1);
    const dense: Op = { kind: 'dense', inFeatures, outFeatures };
    const y = step(dense, [input], [...shapeIn(kept), outFeatures], asParam(weight.tensor, 'weight', 'weight'));
    return finish(y, kept + made, made.length !== 1);
  }
  if (summed === '') {
    const shape = shapeIn(output);
    return make({ kind: 'mul' }, [a.tensor, b.tensor], shape);
  }
  const shared = [...output].filter((c) => a.letters.includes(c) && b.letters.includes(c)).join('');
  const [rows, columns] = [without(a.letters, b.letters), without(b.letters, a.letters)];
  const [m, k, n] = [rows, summed, columns].map((letters) => product(shapeIn(letters))) as [Dim, Dim, Dim];
  const group = ({ tensor, letters }: Operand, first: string, second: string, grouped: readonly [Dim, Dim]): TensorData =>
    reshaped(
      ordered(tensor, letters, shared + first + second),
      [...shapeIn(shared), ...grouped],
      first.length !== 1 || second.length !== 1,
    );
  // q·kᵀ keeps its transposition in the op, as where it is written with `@`.
  const transposeB = b.letters.endsWith(summed) && summed.length === 1;
  const left = group(a, rows, summed, [m, k]);
  const right = transposeB ? group(b, columns, summed, [n, k]) : group(b, summed, columns, [k, n]);
  const y = step({ kind: 'matmul', transposeA: false, transposeB }, [left, right], [...shapeIn(shared), m, n]);
  return finish(y, shared + rows + columns, rows.length !== 1 || columns.length !== 1);
};

/** `a @ b` where one side is data or a stack of matrices, by the ranks of both. */
export const matmulByAxes = (interp: Interpreter, a: TensorData, b: TensorData, label: string, site: CallSite): Value | undefined => {
  const [p, q] = [shapeOf(a)?.length, shapeOf(b)?.length];
  if (!p || !q || (p === 1 && q === 1)) return undefined;
  const batch = (rank: number): string => (rank > 2 ? '...' : '');
  const left = p === 1 ? 'k' : `${batch(p)}mk`;
  const right = q === 1 ? 'k' : `${batch(q)}kn`;
  const out = `${p > 2 || q > 2 ? '...' : ''}${p === 1 ? '' : 'm'}${q === 1 ? '' : 'n'}`;
  const equation = parseEquation(`${left},${right}->${out}`, [p, q]);
  const [first, second] = equation?.inputs ?? [];
  return equation && first !== undefined && second !== undefined
    ? contract(interp, { tensor: a, letters: first }, { tensor: b, letters: second }, equation.output, label, site)
    : undefined;
};
