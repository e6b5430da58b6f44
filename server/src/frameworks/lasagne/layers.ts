/** Every layer of Lasagne with a row of its own; those that call other things are in `layerClasses.ts`. */
import { CONV_LAYERS } from './layers/conv.ts';
import { CUSTOM_RECURRENT } from './layers/customRecurrent.ts';
import { DENSE_LAYERS } from './layers/dense.ts';
import { NORM_LAYERS } from './layers/norm.ts';
import { POOLING_LAYERS } from './layers/pooling.ts';
import { RECURRENT_LAYERS } from './layers/recurrent.ts';
import type { LayerRow } from './layers/row.ts';
import { SHAPING_LAYERS } from './layers/shaping.ts';
export const LAYERS: readonly LayerRow[] = [
  CUSTOM_RECURRENT,
  ...DENSE_LAYERS,
  ...CONV_LAYERS,
  ...RECURRENT_LAYERS,
  ...NORM_LAYERS,
  ...POOLING_LAYERS,
  ...SHAPING_LAYERS,
];
