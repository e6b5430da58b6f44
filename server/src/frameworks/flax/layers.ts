/** Every layer of linen and nnx that holds parameters, and Dropout: one row each. Containers and wrappers are classes of their own. */
import { ATTENTION_LAYERS } from './layers/attention.ts';
import { CONV_LAYERS } from './layers/conv.ts';
import { DENSE_LAYERS } from './layers/dense.ts';
import { NORM_LAYERS } from './layers/norm.ts';
import { RECURRENT_LAYERS } from './layers/recurrent.ts';
import type { Api, LayerRow } from './layers/row.ts';
import { STATELESS_LAYERS } from './layers/stateless.ts';

export const LAYERS: readonly LayerRow[] = [
  ...DENSE_LAYERS,
  ...CONV_LAYERS,
  ...RECURRENT_LAYERS,
  ...ATTENTION_LAYERS,
  ...NORM_LAYERS,
  ...STATELESS_LAYERS,
];

/** Class names of an API with their rows. */
export const classesOf = (api: Api): readonly (readonly [string, LayerRow])[] =>
  LAYERS.filter((row) => row[api] !== null).flatMap((row) => {
    const other = row.aliases?.[api] ?? [];
    // nnx has names of its own for two of linen's layers.
    const own = api === 'nnx' && other.length > 0 ? other : [row.name, ...other];
    return own.map((name) => [name, row] as const);
  });
