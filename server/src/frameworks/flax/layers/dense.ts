/** Dense (Linear), DenseGeneral (LinearGeneral), Einsum, Embed, LoRA. */
import { asNumber, asString } from '../../../interpreter/native.ts';
import { args, int, str } from '../../../interpreter/values.ts';
import { type Dim, product, type Shape, symbol } from '../../../network/scalar.ts';
import { plainEquation } from '../equation.ts';
import {
  bias,
  biasIf,
  flag,
  given,
  initial,
  inputFeatures,
  kernel,
  type LayerContext,
  type LayerRow,
  listOf,
  type Step,
  size,
  step,
} from './row.ts';

const MIDDLE = 'dtype=None, param_dtype=None, precision=None, kernel_init=None, bias_init=None, **kwargs';

const dense: LayerRow = {
  name: 'Dense',
  aliases: { nnx: ['Linear'] },
  linen: `features, use_bias=True, ${MIDDLE}`,
  nnx: 'in_features, out_features, *, use_bias=True, kernel_init=None, bias_init=None, **kwargs',
  build: (context) => {
    const inFeatures = inputFeatures(context);
    const outFeatures = size(context, context.api === 'linen' ? 'features' : 'out_features');
    return step({ kind: 'dense', inFeatures, outFeatures }, [kernel([inFeatures, outFeatures]), ...biasIf(context, [outFeatures])]);
  },
};

/** Axes that are contracted, counted from the front of an input of this rank. */
const contractedAxes = (context: LayerContext, rank: number): readonly number[] | undefined => {
  const axes = listOf(context.args.get('axis'));
  if (!axes?.every((a) => typeof a === 'number')) return undefined;
  return (axes as number[]).map((a) => (a < 0 ? a + rank : a));
};

/**
 * A contraction over several axes. Kernel (batch…, in…, out…), drawn as a matrix (batch·in, out) and reshaped: the batch axes count into
 * the fan of the initializer and not into that of the signal.
 */
const dense2 = (context: LayerContext, into: Shape, out: Shape, batch: Shape, input: Shape | null, last: boolean): readonly Step[] => {
  const [fanIn, fanOut] = [product(into), product(out)];
  const weights = [
    kernel([...batch, ...into, ...out], { drawn: [product([...batch, ...into]), fanOut], signal: { fanIn, fanOut } }),
    ...biasIf(context, [...batch, ...out]),
  ];
  const free = input ? input.slice(0, input.length - into.length) : null;
  const shape = free && last ? [...free, ...out] : null;
  if (batch.length > 0 || !last)
    return [{ op: { kind: 'opaque', what: 'DenseGeneral', reason: 'axes other than the last' }, weights, shape }];
  // Merge the contracted axes, multiply, split the new ones: the same numbers by ops that every table knows.
  const before: Step[] =
    into.length > 1 && free ? [{ op: { kind: 'reshape', shape: [...free, fanIn] }, weights: [], suffix: 'merge' }] : [];
  const after: Step[] = out.length > 1 && shape ? [{ op: { kind: 'reshape', shape }, weights: [], suffix: 'split' }] : [];
  return [...before, { op: { kind: 'dense', inFeatures: fanIn, outFeatures: fanOut }, weights }, ...after];
};

const general: LayerRow = {
  name: 'DenseGeneral',
  aliases: { nnx: ['LinearGeneral'] },
  linen: 'features, axis=-1, batch_dims=(), use_bias=True, dtype=None, param_dtype=None, kernel_init=None, bias_init=None, **kwargs',
  nnx: 'in_features, out_features, *, axis=-1, batch_axis=None, use_bias=True, kernel_init=None, bias_init=None, **kwargs',
  build: (context) => {
    const input = context.inputs[0] ?? null;
    const out = listOf(context.args.get(context.api === 'linen' ? 'features' : 'out_features')) ?? [symbol(`${context.name}.features`)];
    const axes = input ? contractedAxes(context, input.length) : undefined;
    const count = axes?.length ?? listOf(context.args.get('axis'))?.length ?? 1;
    const told = context.api === 'nnx' ? listOf(context.args.get('in_features')) : undefined;
    const into =
      told ??
      Array.from({ length: count }, (_, i): Dim => {
        const at = axes?.[i];
        return (at === undefined ? undefined : input?.[at]) ?? symbol(`${context.name}.inputs${i === 0 ? '' : i}`);
      });
    const batchAxes = context.api === 'linen' ? (listOf(context.args.get('batch_dims')) ?? []) : batchOf(context);
    const batch =
      context.api === 'linen'
        ? batchAxes.map((a): Dim => (typeof a === 'number' ? input?.at(a) : undefined) ?? symbol(`${context.name}.batch`))
        : batchAxes;
    // Without the input's rank the axes are the last ones if they are counted so.
    const written = listOf(context.args.get('axis'));
    const last =
      axes && input ? axes.every((a, i) => a === input.length - axes.length + i) : (written?.every((a, i) => a === i - count) ?? false);
    return dense2(context, into, out, batch, input, last);
  },
};

/** nnx writes batch axes as {axis: size}. */
const batchOf = (context: LayerContext): readonly Dim[] => {
  const value = context.args.get('batch_axis');
  if (value?.kind !== 'dict') return [];
  return [...value.entries.values()].map((e): Dim => (e.value.kind === 'number' ? e.value.value : symbol(`${context.name}.batch`)));
};

const einsum: LayerRow = {
  name: 'Einsum',
  linen: 'shape, einsum_str=None, use_bias=True, dtype=None, param_dtype=None, precision=None, kernel_init=None, bias_init=None, **kwargs',
  nnx: 'einsum_str, kernel_shape, bias_shape=None, *, kernel_init=None, bias_init=None, **kwargs',
  build: (context) => {
    const input = context.inputs[0] ?? null;
    const shape = listOf(context.args.get(context.api === 'linen' ? 'shape' : 'kernel_shape'));
    const equation = plainEquation(asString(context.args.get('einsum_str')), input?.length);
    if (!shape) return step({ kind: 'opaque', what: 'Einsum', reason: 'the shape of its kernel is not known' });
    if (!equation || equation.weight.length !== shape.length)
      return step({ kind: 'opaque', what: 'Einsum', reason: 'its equation is not known' }, [kernel(shape)]);
    const { fanIn, fanOut, made, output, plain, kept, contracted } = equation.over(shape, input);
    const ownBias =
      context.api === 'linen'
        ? [...equation.output].filter((c) => equation.weight.includes(c)).map((c) => equation.sizeIn(c, shape))
        : null;
    const biased = context.api === 'linen' ? flag(context, 'use_bias', true) : given(context, 'bias_shape');
    const biasShape = ownBias ?? listOf(context.args.get('bias_shape')) ?? [];
    // The kernel's raw shape goes to the initializer, whatever the equation contracts.
    const weights = [kernel(shape, { signal: { fanIn, fanOut } }), ...(biased ? [bias(biasShape)] : [])];
    if (!plain) return [{ op: { kind: 'opaque', what: 'Einsum', reason: 'axes other than the last' }, weights, shape: output }];
    const before: Step[] =
      contracted.length > 1 && kept ? [{ op: { kind: 'reshape', shape: [...kept, fanIn] }, weights: [], suffix: 'merge' }] : [];
    const after: Step[] = made.length > 1 && output ? [{ op: { kind: 'reshape', shape: output }, weights: [], suffix: 'split' }] : [];
    return [...before, { op: { kind: 'dense', inFeatures: fanIn, outFeatures: fanOut }, weights }, ...after];
  },
};

/** variance_scaling(1, 'fan_in', 'normal', out_axis=0): input and output axis are the same one, so the fan is the features. */
const EMBEDDING = initial('variance_scaling', args([int(1), str('fan_in'), str('normal')], { out_axis: int(0) }));

const embed: LayerRow = {
  name: 'Embed',
  linen: 'num_embeddings, features, dtype=None, param_dtype=None, embedding_init=None, **kwargs',
  nnx: 'num_embeddings, features, *, embedding_init=None, **kwargs',
  build: (context) => {
    const count = size(context, 'num_embeddings');
    const features = size(context, 'features');
    return step({ kind: 'embedding', count, features }, [
      { name: 'embedding', role: 'embedding', shape: [count, features], argument: 'embedding_init', fallback: EMBEDDING },
    ]);
  },
};

const lora: LayerRow = {
  name: 'LoRA',
  linen: null,
  nnx: 'in_features, lora_rank, out_features, *, base_module=None, a_initializer=None, b_initializer=None, **kwargs',
  build: (context) => {
    const [into, rank, out] = [size(context, 'in_features'), size(context, 'lora_rank'), size(context, 'out_features')];
    return [
      {
        op: { kind: 'dense', inFeatures: into, outFeatures: rank },
        suffix: 'lora_a',
        weights: [kernel([into, rank], { name: 'lora_a', argument: 'a_initializer', fallback: initial('he_uniform') })],
      },
      {
        op: { kind: 'dense', inFeatures: rank, outFeatures: out },
        weights: [kernel([rank, out], { name: 'lora_b', argument: 'b_initializer', fallback: initial('zeros') })],
      },
    ];
  },
};

export const DENSE_LAYERS: readonly LayerRow[] = [dense, general, einsum, embed, lora];

/** Rank of a kernel that is written as a number or a sequence. */
export const rankOf = (context: LayerContext, argument: string): number | undefined => {
  const value = context.args.get(argument);
  if (value?.kind === 'tuple' || value?.kind === 'list') return value.items.length;
  return asNumber(value) === undefined ? undefined : 1;
};
