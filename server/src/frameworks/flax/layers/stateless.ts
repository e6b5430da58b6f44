/** Layers without parameters. */
import { asScalar } from '../../../interpreter/native.ts';
import { symbol } from '../../../network/scalar.ts';
import { type LayerRow, step } from './row.ts';

const dropout: LayerRow = {
  name: 'Dropout',
  linen: "rate, broadcast_dims=(), deterministic=None, rng_collection='dropout', **kwargs",
  nnx: 'rate, *, broadcast_dims=(), deterministic=False, rngs=None, **kwargs',
  build: ({ args, call, name }) => {
    const off = call.keywords.get('deterministic') ?? call.positional[1] ?? args.get('deterministic');
    if (off?.kind === 'bool' && off.value) return step({ kind: 'identity' });
    return step({ kind: 'dropout', rate: asScalar(args.get('rate')) ?? symbol(`${name}.rate`), alpha: false });
  },
};

export const STATELESS_LAYERS: readonly LayerRow[] = [dropout];
