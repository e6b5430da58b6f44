/** Multi-head attention: kernels (features, heads, size), drawn as matrices and reshaped. */
import { type Dim, div, mul, type Shape } from '../../../network/scalar.ts';
import {
  bias,
  flag,
  given,
  inputFeatures,
  kernel,
  type LayerContext,
  type LayerRow,
  ONE,
  type Step,
  scale,
  size,
  type Weight,
} from './row.ts';

const HEAD =
  'num_heads, dtype=None, param_dtype=None, qkv_features=None, out_features=None, broadcast_dropout=True, dropout_rate=0.0, deterministic=None, precision=None';
const TAIL =
  'kernel_init=None, out_kernel_init=None, bias_init=None, out_bias_init=None, use_bias=True, attention_fn=None, decode=False, normalize_qk=False, **kwargs';

const projection = (context: LayerContext, name: string, into: Dim, heads: Dim, each: Dim): readonly Weight[] => {
  const out = mul(heads, each);
  return [
    kernel([into, heads, each], { name: `${name}/kernel`, drawn: [into, out], signal: { fanIn: into, fanOut: out } }),
    ...(flag(context, 'use_bias', true) ? [bias([heads, each], { name: `${name}/bias` })] : []),
  ];
};

const output = (context: LayerContext, heads: Dim, each: Dim, features: Dim): readonly Weight[] => {
  const into = mul(heads, each);
  return [
    kernel([heads, each, features], {
      name: 'out/kernel',
      drawn: [into, features],
      signal: { fanIn: into, fanOut: features },
      ...(given(context, 'out_kernel_init') ? { argument: 'out_kernel_init' } : {}),
    }),
    ...(flag(context, 'use_bias', true)
      ? [bias([features], { name: 'out/bias', ...(given(context, 'out_bias_init') ? { argument: 'out_bias_init' } : {}) })]
      : []),
  ];
};

const queryNorm = (context: LayerContext, each: Dim): readonly Weight[] => {
  if (!flag(context, 'normalize_qk', false)) return [];
  const shape: Shape = [each];
  return ['query_ln', 'key_ln'].map((name) => ({ ...scale(shape), name: `${name}/scale`, argument: null, fallback: ONE }));
};

const build = (context: LayerContext): readonly Step[] => {
  const heads = size(context, 'num_heads');
  const query = inputFeatures(context);
  const kv =
    context.api === 'nnx'
      ? given(context, 'in_kv_features')
        ? size(context, 'in_kv_features')
        : query
      : context.inputs.length > 1
        ? inputFeatures(context, 'in_features', 1)
        : query;
  const values = context.api === 'linen' && context.inputs.length > 2 ? inputFeatures(context, 'in_features', 2) : kv;
  const width = given(context, 'qkv_features') ? size(context, 'qkv_features') : query;
  const features = given(context, 'out_features') ? size(context, 'out_features') : query;
  const each = div(width, heads);
  const keyHeads = given(context, 'num_kv_heads') ? size(context, 'num_kv_heads') : heads;
  const weights = [
    ...projection(context, 'query', query, heads, each),
    ...projection(context, 'key', kv, keyHeads, each),
    ...projection(context, 'value', values, keyHeads, each),
    ...queryNorm(context, each),
    ...output(context, heads, each, features),
  ];
  if (flag(context, 'normalize_qk', false) || given(context, 'attention_fn'))
    return [
      {
        op: { kind: 'opaque', what: 'attention', reason: 'queries and keys are normalised, or the attention is not the usual one' },
        weights,
        shape: context.inputs[0] ? [...context.inputs[0].slice(0, -1), features] : null,
      },
    ];
  return [
    {
      op: { kind: 'attention', features, heads, keyFeatures: kv, valueFeatures: values, projections: true, causal: false },
      weights,
    },
  ];
};

const multiHead: LayerRow = {
  name: 'MultiHeadDotProductAttention',
  aliases: { linen: ['MultiHeadAttention'] },
  linen: `${HEAD}, ${TAIL}`,
  nnx: null,
  arity: 3,
  build,
};

const multiHeadNnx: LayerRow = {
  name: 'MultiHeadAttention',
  linen: null,
  nnx: `num_heads, in_features, qkv_features=None, out_features=None, num_kv_heads=None, in_kv_features=None, *, ${TAIL}`,
  arity: 3,
  build,
};

const selfAttention: LayerRow = { name: 'SelfAttention', linen: `${HEAD}, ${TAIL}`, nnx: null, build };

export const ATTENTION_LAYERS: readonly LayerRow[] = [multiHead, multiHeadNnx, selfAttention];
