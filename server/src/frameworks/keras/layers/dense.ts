/** Dense, EinsumDense and Embedding. */
import { asString } from '../../../interpreter/native.ts';
import { type Dim, product, type Shape, symbol } from '../../../network/scalar.ts';
import { bias, biasIf, flag, inputFeatures, kernel, type LayerContext, type LayerRow, type Step, size, step, type Weight } from './row.ts';

const dense: LayerRow = {
  name: 'Dense',
  signature: "units, activation=None, use_bias=True, kernel_initializer='glorot_uniform', bias_initializer='zeros', **kwargs",
  activates: true,
  build: (context) => {
    const inFeatures = inputFeatures(context);
    const units = size(context, 'units');
    return step({ kind: 'dense', inFeatures, outFeatures: units }, [kernel([inFeatures, units]), ...biasIf(context, [units])]);
  },
};

interface Equation {
  readonly input: string;
  readonly weight: string;
  readonly output: string;
}

/** 'abc,cd->abd'; an ellipsis becomes capital letters for the axes that it stands for. */
const parseEquation = (text: string, rank: number | undefined): Equation | undefined => {
  const match = /^([a-z.]+),([a-z]+)->([a-z.]+)$/i.exec(text.replaceAll(' ', ''));
  if (!match) return undefined;
  const [, input = '', weight = '', output = ''] = match;
  const free = Math.max(0, (rank ?? input.replace('...', '').length) - input.replace('...', '').length);
  const letters = 'ABCDEFGH'.slice(0, free);
  return { input: input.replace('...', letters), weight, output: output.replace('...', letters) };
};

const einsumDense: LayerRow = {
  name: 'EinsumDense',
  signature:
    "equation, output_shape, activation=None, bias_axes=None, kernel_initializer='glorot_uniform', bias_initializer='zeros', **kwargs",
  activates: true,
  build: (context) => {
    const input = context.inputs[0] ?? null;
    const written = asString(context.args.get('equation'));
    const equation = written === undefined ? undefined : parseEquation(written, input?.length);
    if (!equation) return step({ kind: 'opaque', what: 'EinsumDense', reason: 'the equation is not known' });
    return einsum(context, equation, input);
  },
};

const einsum = (context: LayerContext, { input, weight, output }: Equation, shape: Shape | null): readonly Step[] => {
  const sizes = new Map<string, Dim>();
  if (shape) for (const [i, letter] of [...input].entries()) if (shape[i] !== undefined) sizes.set(letter, shape[i]);
  const wanted = context.args.get('output_shape');
  const items = wanted?.kind === 'tuple' || wanted?.kind === 'list' ? wanted.items : wanted ? [wanted] : [];
  for (const [i, item] of items.entries()) {
    const letter = output[output.length - items.length + i];
    if (letter && item.kind === 'number' && !sizes.has(letter)) sizes.set(letter, item.value);
  }
  const sizeOf = (letter: string): Dim => sizes.get(letter) ?? symbol(`${context.name}.${letter}`);
  const contracted = [...weight].filter((c) => input.includes(c) && !output.includes(c));
  const made = [...weight].filter((c) => !input.includes(c));
  const kept = [...input].filter((c) => !contracted.includes(c));
  const fanIn = product(contracted.map(sizeOf));
  const fanOut = product(made.map(sizeOf));
  const biasAxes = asString(context.args.get('bias_axes')) ?? '';
  const weights = [
    // Keras ≥ 3.13 passes the axes of the equation to the initializer; before, 3-D kernels counted as convolutions.
    kernel([...weight].map(sizeOf), { fans: { fanIn, fanOut }, signal: { fanIn, fanOut } }),
    ...(biasAxes ? [bias([...output].filter((c) => biasAxes.includes(c)).map(sizeOf))] : []),
  ];
  const outputShape = shape ? [...output].map(sizeOf) : null;
  const plain =
    [...weight].every((c) => contracted.includes(c) || made.includes(c)) &&
    input.endsWith(contracted.join('')) &&
    output === kept.join('') + made.join('');
  if (!plain) {
    return [{ op: { kind: 'opaque', what: 'EinsumDense', reason: 'axes other than the last' }, weights, shape: outputShape }];
  }
  // Merge the contracted axes, multiply, split the new ones: the same numbers by ops that every table knows.
  const before: Step[] =
    contracted.length > 1 && shape ? [{ op: { kind: 'reshape', shape: [...kept.map(sizeOf), fanIn] }, weights: [], suffix: 'merge' }] : [];
  const after: Step[] =
    made.length !== 1 && outputShape ? [{ op: { kind: 'reshape', shape: outputShape }, weights: [], suffix: 'split' }] : [];
  return [...before, { op: { kind: 'dense', inFeatures: fanIn, outFeatures: fanOut }, weights }, ...after];
};

const embedding: LayerRow = {
  name: 'Embedding',
  signature: "input_dim, output_dim, embeddings_initializer='uniform', **kwargs",
  build: (context) => {
    const count = size(context, 'input_dim');
    const features = size(context, 'output_dim');
    return step({ kind: 'embedding', count, features }, [
      { name: 'embeddings', role: 'embedding', shape: [count, features], argument: 'embeddings_initializer', fallback: 'uniform' },
    ]);
  },
};

/** Called with `reverse=True` it is the product with the transposed table, or with a second one (`reversible.ts`). */
const reversibleEmbedding: LayerRow = {
  name: 'ReversibleEmbedding',
  signature: "input_dim, output_dim, tie_weights=True, embeddings_initializer='uniform', **kwargs",
  build: (context) => {
    const [lookup] = embedding.build(context);
    const [count, features] = [size(context, 'input_dim'), size(context, 'output_dim')];
    const reverse: readonly Weight[] = flag(context, 'tie_weights', true)
      ? []
      : [
          {
            name: 'reverse_embeddings',
            role: 'weight',
            shape: [features, count],
            argument: 'embeddings_initializer',
            fallback: 'uniform',
            signal: { fanIn: features, fanOut: count },
          },
        ];
    return lookup ? [{ ...lookup, weights: [...lookup.weights, ...reverse] }] : [];
  },
};

export const DENSE_LAYERS: readonly LayerRow[] = [dense, einsumDense, embedding, reversibleEmbedding];
