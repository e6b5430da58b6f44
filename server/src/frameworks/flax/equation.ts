/** Einsum equations of an activation with a kernel: which axes are summed over, which are new, and whether that is a dense layer. */
import { type Dim, product, type Shape, symbol } from '../../network/scalar.ts';

export interface Contraction {
  readonly fanIn: Dim;
  readonly fanOut: Dim;
  readonly contracted: string;
  readonly made: string;
  /** Sizes of the input's axes that stay. */
  readonly kept: Shape | null;
  readonly output: Shape | null;
  /** The last axes of the input are summed over and the new ones stand last: a dense layer. */
  readonly plain: boolean;
}

export interface Equation {
  readonly input: string;
  readonly weight: string;
  readonly output: string;
  sizeIn(letter: string, kernel: Shape): Dim;
  over(kernel: Shape, input: Shape | null): Contraction;
}

/** 'abc,cd->abd'; an ellipsis becomes capital letters for the axes that it stands for. */
export const plainEquation = (text: string | undefined, rank: number | undefined): Equation | undefined => {
  const match = text === undefined ? null : /^([a-z.]+),([a-z.]+)->([a-z.]+)$/i.exec(text.replaceAll(' ', ''));
  if (!match) return undefined;
  const written = match[1] ?? '';
  const named = written.replace('...', '');
  const free = Math.max(0, (rank ?? named.length) - named.length);
  const letters = 'ABCDEFGH'.slice(0, free);
  const [input = '', weight = '', output = ''] = match.slice(1).map((part, i) => part.replace('...', i === 1 ? '' : letters));
  const sizeIn = (letter: string, kernel: Shape): Dim => kernel[weight.indexOf(letter)] ?? symbol(`size ${letter}`);
  return {
    input,
    weight,
    output,
    sizeIn,
    over: (kernel, shape) => {
      const contracted = [...weight].filter((c) => input.includes(c) && !output.includes(c)).join('');
      const made = [...weight].filter((c) => !input.includes(c)).join('');
      const kept = [...input].filter((c) => !contracted.includes(c)).join('');
      const known = shape !== null && shape.length === input.length;
      const sizeOf = (c: string): Dim =>
        weight.includes(c) ? sizeIn(c, kernel) : ((known ? shape[input.indexOf(c)] : undefined) ?? symbol(`size ${c}`));
      const plain =
        [...weight].every((c) => contracted.includes(c) || made.includes(c)) &&
        weight.startsWith(contracted) &&
        input.endsWith(contracted) &&
        output === kept + made;
      return {
        fanIn: product([...contracted].map(sizeOf)),
        fanOut: product([...made].map(sizeOf)),
        contracted,
        made,
        kept: known ? [...kept].map(sizeOf) : null,
        output: known ? [...output].map(sizeOf) : null,
        plain,
      };
    },
  };
};
