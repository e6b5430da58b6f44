/** Attention layers. Kernels of the projections are (features, heads, size) and go by the axes of their einsum. */
import { type Dim, mul, type Shape } from '../../../network/scalar.ts';
import {
  bias,
  flag,
  given,
  inputFeatures,
  kernel,
  type LayerContext,
  type LayerRow,
  type Step,
  size,
  step,
  text,
  type Weight,
} from './row.ts';

const projection = (context: LayerContext, name: string, shape: Shape, fanIn: Dim, fanOut: Dim): readonly Weight[] => [
  kernel(shape, { name: `${name}/kernel`, fans: { fanIn, fanOut }, signal: { fanIn, fanOut } }),
  ...(flag(context, 'use_bias', true)
    ? [bias(name === 'attention_output' ? shape.slice(2) : shape.slice(1), { name: `${name}/bias` })]
    : []),
];

/** Widths of what is attended to. Called as (query, value, key); the key defaults to the value. */
const widths = (context: LayerContext): { readonly query: Dim; readonly value: Dim; readonly key: Dim } => {
  const query = inputFeatures(context, -1, 0);
  const value = context.inputs.length > 1 ? inputFeatures(context, -1, 1) : query;
  return { query, value, key: context.inputs.length > 2 ? inputFeatures(context, -1, 2) : value };
};

const projections = (context: LayerContext, heads: Dim, keyHeads: Dim, keySize: Dim, valueSize: Dim, features: Dim): readonly Weight[] => {
  const { query, value, key } = widths(context);
  const joined = mul(heads, valueSize);
  return [
    ...projection(context, 'query', [query, heads, keySize], query, mul(heads, keySize)),
    ...projection(context, 'key', [key, keyHeads, keySize], key, mul(keyHeads, keySize)),
    ...projection(context, 'value', [value, keyHeads, valueSize], value, mul(keyHeads, valueSize)),
    ...projection(context, 'attention_output', [heads, valueSize, features], joined, features),
  ];
};

const multiHead: LayerRow = {
  name: 'MultiHeadAttention',
  signature:
    "num_heads, key_dim, value_dim=None, dropout=0.0, use_bias=True, output_shape=None, attention_axes=None, sliding_window=None, flash_attention=None, kernel_initializer='glorot_uniform', bias_initializer='zeros', **kwargs",
  build: (context) => {
    const heads = size(context, 'num_heads');
    const keySize = size(context, 'key_dim');
    const valueSize = given(context, 'value_dim') ? size(context, 'value_dim') : keySize;
    const features = given(context, 'output_shape') ? size(context, 'output_shape') : inputFeatures(context);
    const { key, value } = widths(context);
    return step(
      { kind: 'attention', features, heads, keyFeatures: key, valueFeatures: value, projections: true, causal: false },
      projections(context, heads, heads, keySize, valueSize, features),
    );
  },
};

const groupedQuery: LayerRow = {
  name: 'GroupQueryAttention',
  aliases: ['GroupedQueryAttention'],
  signature:
    "head_dim, num_query_heads, num_key_value_heads, dropout=0.0, use_bias=True, sliding_window=None, flash_attention=None, kernel_initializer='glorot_uniform', bias_initializer='zeros', **kwargs",
  build: (context) => {
    const heads = size(context, 'num_query_heads');
    const headSize = size(context, 'head_dim');
    const features = inputFeatures(context);
    const { key, value } = widths(context);
    return step(
      { kind: 'attention', features, heads, keyFeatures: key, valueFeatures: value, projections: true, causal: false },
      projections(context, heads, size(context, 'num_key_value_heads'), headSize, headSize, features),
    );
  },
};

/** The values' features at the query's positions, by weights that are not followed. */
const unfollowed = (context: LayerContext, what: string, reason: string, weights: readonly Weight[]): readonly Step[] => {
  const [query, value] = context.inputs;
  const features = (value ?? query)?.at(-1);
  const shape = query && features !== undefined ? [...query.slice(0, -1), features] : null;
  return [{ op: { kind: 'opaque', what, reason }, weights, shape }];
};

const plain: LayerRow = {
  name: 'Attention',
  signature: "use_scale=False, score_mode='dot', dropout=0.0, **kwargs",
  merges: true,
  build: (context) => {
    const features = inputFeatures(context);
    const scale = kernel([], { name: 'scale', role: 'gamma', argument: null, fallback: 'ones' });
    const score = kernel([], { name: 'concat_score_weight', role: 'gamma', argument: null, fallback: 'ones' });
    const concat = text(context, 'score_mode') === 'concat';
    if (flag(context, 'use_scale', false) || concat)
      return unfollowed(context, 'Attention', 'a learned scale', [
        ...(flag(context, 'use_scale', false) ? [scale] : []),
        ...(concat ? [score] : []),
      ]);
    return step({
      kind: 'attention',
      features,
      heads: 1,
      keyFeatures: features,
      valueFeatures: inputFeatures(context, -1, Math.min(1, context.inputs.length - 1)),
      projections: false,
      causal: false,
    });
  },
};

const additive: LayerRow = {
  name: 'AdditiveAttention',
  signature: 'use_scale=True, dropout=0.0, **kwargs',
  merges: true,
  build: (context) =>
    unfollowed(
      context,
      'AdditiveAttention',
      'additive scores are not followed',
      flag(context, 'use_scale', true) ? [kernel([inputFeatures(context)], { name: 'scale', role: 'other', argument: null })] : [],
    ),
};

export const ATTENTION_LAYERS: readonly LayerRow[] = [multiHead, groupedQuery, plain, additive];
