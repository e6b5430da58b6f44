/** Every layer that Keras 3 has, by name: one row each. Wrappers and containers are in `wrappers.ts` and `models.ts`. */
import { ATTENTION_LAYERS } from './layers/attention.ts';
import { CONV_LAYERS } from './layers/conv.ts';
import { DENSE_LAYERS } from './layers/dense.ts';
import { NORM_LAYERS } from './layers/norm.ts';
import { POOLING_LAYERS } from './layers/pooling.ts';
import { RECURRENT_LAYERS } from './layers/recurrent.ts';
import type { LayerRow } from './layers/row.ts';
import { STATELESS_LAYERS } from './layers/stateless.ts';

export const LAYERS: readonly LayerRow[] = [
  ...DENSE_LAYERS,
  ...CONV_LAYERS,
  ...RECURRENT_LAYERS,
  ...ATTENTION_LAYERS,
  ...NORM_LAYERS,
  ...POOLING_LAYERS,
  ...STATELESS_LAYERS,
];
