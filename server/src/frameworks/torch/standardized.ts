/**
 * Weights that a model standardises at each use: `F.batch_norm(weight.reshape(1, out, -1), None, None, training=True)` gives every
 * channel mean 0 and variance 1, whatever was drawn ("Micro-Batch Training with Batch-Channel Normalization and Weight
 * Standardization", arXiv:1903.10520).
 */
import type { Interpreter } from '../../interpreter/api.ts';
import { bind } from '../../interpreter/native.ts';
import type { Args, CallSite, Value } from '../../interpreter/values.ts';
import { type Distribution, unknownDistribution } from '../../network/distribution.ts';
import { meanOf, stdOf } from '../../network/moments.ts';
import { div, mul, type Scalar } from '../../network/scalar.ts';
import { affineOf } from '../shared/arithmetic.ts';
import { derived, type TensorData, tensorData } from '../shared/tensor.ts';

/** Mean 0 and variance 1; unknown where all elements are equal or where nothing is known of them. */
const standardized = (d: Distribution): Distribution => {
  const [mean, std] = [meanOf(d), stdOf(d)];
  if (mean === null || std === null || std === 0) return unknownDistribution('standardised values of an unknown draw');
  return affineOf(d, div(1, std), mul(-1, div(mean, std)));
};

/** The one value of a tensor all of whose elements are equal; `absent` where there is no tensor. */
const constantOf = (value: Value | undefined, absent: Scalar): Scalar | undefined => {
  if (!value || value.kind === 'none') return absent;
  const distribution = tensorData(value)?.storage?.init.distribution;
  return distribution?.kind === 'constant' ? distribution.value : undefined;
};

/** A norm that uses the statistics of what it is given. `signature` is its row's. */
export const standardize = (interp: Interpreter, signature: string, args: Args, data: TensorData, site: CallSite): Value | undefined => {
  const bound = bind(signature, args);
  const training = bound.get('training');
  if (!data.storage || (training && interp.truth(training) !== true)) return undefined;
  const [weight, bias] = [constantOf(bound.get('weight'), 1), constantOf(bound.get('bias'), 0)];
  const distribution =
    weight === undefined || bias === undefined
      ? unknownDistribution('standardised values with a scale that is not known')
      : affineOf(standardized(data.storage.init.distribution), weight, bias);
  return derived(interp, data, distribution, data.shape, site);
};
