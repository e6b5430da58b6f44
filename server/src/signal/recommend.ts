/** Which initializer belongs before an activation, best first, and the std that it draws with. */
import { activationRow } from '../knowledge/activations.ts';
import { gaussianMoments, kernelOf } from '../knowledge/gaussian.ts';
import type { Law } from '../network/distribution.ts';
import type { Recommendation } from '../network/intent.ts';
import type { Network } from '../network/network.ts';
import type { ActivationArgs, OpOf } from '../network/op.ts';
import { constantValue } from '../network/scalar.ts';
import { type Surroundings, surroundingsOf } from './surroundings.ts';

export interface RecommendOptions {
  /** Law of the draw that it replaces, kept where the family allows. */
  readonly law?: Law;
  /** First layer of a sine network, whose input is not a sine. */
  readonly first?: boolean;
}

/** 1/√E[φ²] at unit variance: std = gain/√fan_in keeps the second moment at 1. */
export const forwardGain = (activation: string, args: ActivationArgs = {}): number | undefined => {
  const kernel = kernelOf(activation, args);
  return kernel === undefined ? undefined : 1 / Math.sqrt(gaussianMoments(kernel, 0, 1).second);
};

/** SIREN (Sitzmann et al. 2020, §3.2): hidden U(±√(6/n)/ω₀), first U(±1/n); std √2/(ω₀√n) gives ω₀z unit variance. */
const sine = (activation: string, w0: number, first: boolean): readonly Recommendation[] =>
  first || w0 === 0 ? [] : [{ family: 'variance', law: 'uniform', gain: Math.SQRT2 / Math.abs(w0), slope: 0, mode: 'fanIn', activation }];

export const recommend = (activation: string, args: ActivationArgs = {}, options: RecommendOptions = {}): readonly Recommendation[] => {
  const row = activationRow(activation);
  const kernel = kernelOf(activation, args);
  if (row === undefined || kernel === undefined) return [];
  if (row.family === 'periodic') return sine(activation, kernel.args.w0 ?? 1, options.first ?? false);
  const { family, gain, slopeArg } = row.recommended;
  const slope = slopeArg === undefined ? 0 : (kernel.args[slopeArg] ?? 0);
  const plain = gain === 'forward' ? (forwardGain(activation, args) ?? 1) : gain;
  if (!Number.isFinite(plain)) return [];
  // Self-normalising networks need a normal law (Klambauer et al. 2017, §3).
  const law = row.family === 'selu' ? 'normal' : (options.law ?? (family === 'glorot' ? 'uniform' : 'normal'));
  const best: Recommendation = { family, law, gain: plain, slope, mode: 'fanIn', activation };
  if (row.family === 'selu') return [best];
  const otherLaw: Recommendation = { ...best, law: law === 'uniform' ? 'normal' : 'uniform' };
  // Only the variance of the entries enters q, so the orthogonal gain is that of the variance.
  const orthogonal = family === 'he' ? plain * Math.sqrt(2 / (1 + slope * slope)) : plain;
  return [best, otherLaw, { ...best, family: 'orthogonal', law: 'normal', gain: orthogonal, slope: 0 }];
};

/** Std of an entry that a recommendation draws. */
export const recommendedStd = (to: Recommendation, fanIn: number, fanOut: number): number => {
  switch (to.family) {
    case 'he':
      return to.gain * Math.sqrt(2 / ((1 + to.slope * to.slope) * (to.mode === 'fanIn' ? fanIn : fanOut)));
    case 'glorot':
      return to.gain * Math.sqrt(2 / (fanIn + fanOut));
    case 'lecun':
    case 'variance':
      return to.gain / Math.sqrt(to.mode === 'fanIn' ? fanIn : fanOut);
    case 'orthogonal':
      return to.gain / Math.sqrt(Math.max(fanIn, fanOut));
    case 'fixed':
      return to.gain;
    case 'identity':
      return to.gain / Math.sqrt(fanIn);
    case 'zeros':
      return 0;
  }
};

/** What one weight of a layer should be drawn from, and why. */
export interface LayerRecommendation {
  readonly role: 'weight' | 'recurrentWeight';
  /** Best first. */
  readonly to: readonly Recommendation[];
  readonly why: string;
}

/** Residual branches from which a stack counts as deep. */
const DEEP = 4;
/** Scale of the weights of transformers (Radford et al. 2019, GPT-2, §2.3). */
const TRANSFORMER_STD = 0.02;

const plain = (family: Recommendation['family'], gain = 1, activation = 'linear'): Recommendation => ({
  family,
  law: family === 'glorot' ? 'uniform' : 'normal',
  gain,
  slope: 0,
  mode: 'fanIn',
  activation,
});

/** Recurrent kernels: orthogonal (Saxe et al. 2014); for ReLU the identity (Le et al. 2015, arXiv:1504.00941). */
const recurrentRecommendations = (op: OpOf<'recurrent'>): readonly LayerRecommendation[] => {
  const relu = op.cell === 'rnn' && op.activation === 'relu';
  const [orthogonal, identity] = [plain('orthogonal', 1, op.activation), plain('identity', 1, op.activation)];
  return [
    {
      role: 'weight',
      to: relu ? recommend('relu') : [plain('glorot', 1, op.activation)],
      why: relu ? 'its activation is ReLU' : 'its gates and candidates take the inputs near their centre',
    },
    {
      role: 'recurrentWeight',
      to: relu ? [identity, orthogonal] : [orthogonal],
      why: relu ? 'an identity keeps a ReLU state from step to step' : 'an orthogonal kernel neither shrinks nor grows the state',
    },
  ];
};

/**
 * What belongs to a layer from its activation, its fans and what is around it. Residual branches come first: in deep pre-norm stacks
 * the last weight is drawn with 0.02/√(number of branches), as GPT-2 does; without norms the branch starts at zero and its other
 * weights at He · L^{−1/(2m−2)} (Zhang, Dauphin & Ma 2019, Fixup, arXiv:1901.09321, §3).
 */
export const recommendFor = (
  network: Network,
  id: number,
  around: Surroundings = surroundingsOf(network),
): readonly LayerRecommendation[] => {
  const node = network.nodes[id];
  if (node === undefined) return [];
  const { op } = node;
  if (op.kind === 'recurrent') return recurrentRecommendations(op);
  const weight = node.params.find((p) => p.role === 'weight');
  if (weight === undefined) return [];
  const one = (to: readonly Recommendation[], why: string): readonly LayerRecommendation[] =>
    to.length === 0 ? [] : [{ role: 'weight', to, why }];
  const branch = around.inside.get(id);
  const depth = around.branches.length;
  const last = around.ends.get(id);
  if (last?.preNorm && depth >= DEEP) {
    const std = TRANSFORMER_STD / Math.sqrt(depth);
    return one([plain('fixed', std)], `${depth} branches add up, and this is the last weight of one`);
  }
  const after = around.activation(id);
  const args = after?.op.kind === 'activation' ? after.op.args : {};
  const name = after?.op.kind === 'activation' ? after.op.name : 'linear';
  const row = activationRow(name);
  if (branch !== undefined && !around.normalised && depth >= DEEP) {
    const { layers } = branch;
    if (last !== undefined) return one([plain('zeros')], 'a residual net without norms starts from its skips');
    const factor = depth ** (-1 / (2 * layers.length - 2));
    const to = recommend(name, args).map((r) => ({ ...r, gain: r.gain * factor }));
    return one(to, `${depth} branches without norms add up, so each starts smaller`);
  }
  if (row?.family === 'periodic') {
    const fanIn = weight.fanIn;
    // U(±1/n): std 1/(√3 n).
    if (around.first(id)) {
      const n = fanIn === null ? undefined : constantValue(fanIn);
      return n === undefined
        ? []
        : one([{ ...plain('fixed', 1 / (Math.sqrt(3) * n), name), law: 'uniform' }], 'it takes coordinates into a sine');
    }
    return one(recommend(name, args), 'sine after sine');
  }
  if (op.kind === 'attention') return one([plain('glorot')], 'its projections are linear');
  return one(recommend(name, args), after === null ? 'no activation follows' : `${row?.title ?? name} follows`);
};
