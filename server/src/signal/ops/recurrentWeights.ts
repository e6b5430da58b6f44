/** Weights of a recurrent layer by layer and role, as its cell counts with them. */
import type { Distribution } from '../../network/distribution.ts';
import type { Parameter } from '../../network/network.ts';
import type { OpOf } from '../../network/op.ts';
import type { CellWeights } from './cells.ts';
import { type Context, number, parameterMoments } from './op.ts';

interface Spread {
  readonly mean: number;
  readonly variance: number;
}

/** The mean that the forget gate's part of a bias has above the rest (blocks with one constant that is not zero). */
const forgetBias = (d: Distribution, c: Context): number => {
  if (d.kind !== 'blocks') return 0;
  const constants = d.blocks.flatMap((b) => (b.distribution.kind === 'constant' ? [number(b.distribution.value, c) ?? 0] : []));
  return constants.find((value) => value !== 0) ?? 0;
};

/** Average over the parameters of one role: one packed tensor, or one per gate. */
const spreadOf = (params: readonly Parameter[], c: Context): Spread | string => {
  let [mean, variance] = [0, 0];
  for (const p of params) {
    const moments = parameterMoments(p, c);
    if (typeof moments === 'string') return moments;
    mean += moments.mean / params.length;
    variance += moments.variance / params.length;
  }
  return { mean, variance };
};

/** Parameters of one layer in forward direction. */
const layerParams = (params: readonly Parameter[], layer: number): readonly Parameter[] => {
  const forward = params.filter((p) => !/reverse|backward/i.test(p.path));
  const numbered = forward.some((p) => /_l\d+$/.test(p.name));
  return numbered ? forward.filter((p) => p.name.endsWith(`_l${layer}`)) : forward;
};

export interface Layer extends CellWeights {
  /** H·s² of the input weights. */
  readonly feeds: number;
}

export const layerOf = (op: OpOf<'recurrent'>, c: Context, layer: number): Layer | string => {
  const units = number(op.units, c);
  const inputs = layer === 0 ? number(op.inFeatures, c) : (units ?? 0) * (op.bidirectional ? 2 : 1);
  if (units === undefined || inputs === undefined) return 'the width of the recurrent layer is not known';
  const params = layerParams(c.params, layer);
  const weight = spreadOf(
    params.filter((p) => p.role === 'weight'),
    c,
  );
  const inner = spreadOf(
    params.filter((p) => p.role === 'recurrentWeight'),
    c,
  );
  if (typeof weight === 'string') return weight;
  if (typeof inner === 'string') return inner;
  let [bias, biasMean, forget, recurrentBias] = [0, 0, 0, 0];
  for (const role of ['bias', 'recurrentBias'] as const) {
    const all = params.filter((p) => p.role === role);
    // A gate with a bias of its own: what the forget gate's has above the others'.
    const own = all.length > 1 ? all.filter((p) => /forget/i.test(p.name)) : [];
    const of = all.filter((p) => !own.includes(p));
    const blocks = of.reduce((sum, p) => sum + forgetBias(p.init.distribution, c), 0);
    forget += blocks;
    if (blocks !== 0) continue;
    const spread = spreadOf(of, c);
    if (typeof spread === 'string') return spread;
    bias += spread.variance;
    if (role === 'recurrentBias') recurrentBias += spread.variance;
    biasMean += spread.mean;
    const opened = own.length > 0 ? spreadOf(own, c) : spread;
    if (typeof opened === 'string') return opened;
    forget += opened.mean - spread.mean;
  }
  return {
    input: inputs * weight.variance,
    recurrent: units * inner.variance,
    bias,
    recurrentBias,
    biasMean,
    forget,
    feeds: units * weight.variance,
  };
};
