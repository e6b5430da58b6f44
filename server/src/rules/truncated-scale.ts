/** Truncated normals whose std nobody corrected for what the truncation cuts off. */

import type { Parameter } from '../network/network.ts';
import { constantValue, isNumber, mul } from '../network/scalar.ts';
import { recommend, recommendedStd } from '../signal/recommend.ts';
import { type Case, reportPairings } from './cases.ts';
import { kerasStack } from './examples.ts';
import type { Facts } from './facts.ts';
import { magnitude, number, times } from './figures.ts';
import type { Pairing } from './pairing.ts';
import { initializerIntents, recommendations } from './recommendation.ts';
import { defineRule } from './rule.ts';
import { decades, isSized } from './severity.ts';

interface Cut {
  /** fan_in · σ² before the truncation, and fan_in · Var after it. */
  readonly meant: number;
  readonly drawn: number;
}

/** Null where nothing is cut that anybody would notice, or where the draw is corrected for it. */
const cutOf = (weight: Parameter, drawn: number): Cut | null => {
  const { distribution } = weight.init;
  if (weight.fanIn === null || distribution.kind !== 'truncatedNormal') {
    if (distribution.kind !== 'varianceScaling' || distribution.law !== 'truncatedNormal' || distribution.corrected) return null;
    const meant = weight.fanIn === null ? undefined : constantValue(mul(weight.fanIn, distribution.scale));
    const fan = constantValue(distribution.fan);
    return meant === undefined || fan === undefined ? null : { meant: meant / fan, drawn };
  }
  const std = constantValue(distribution.std);
  const fanIn = weight.fanIn;
  return std === undefined || !isNumber(fanIn) ? null : { meant: fanIn * std * std, drawn };
};

/** The truncation at ±2σ leaves .774 of the variance; less than that of a tenth is nobody's business. */
const NOTICED = 0.9;
/** Nearness of what was meant to what the activation asks for. */
const ALIKE = 1.1;

const judge = (facts: Facts, pairing: Pairing): Case | null => {
  const { layer, weight, family, row, args } = pairing;
  const run = facts.run(layer);
  if (family.variance === null || facts.isNormalised(layer) || !isSized(facts, run) || decades(run.G) < 1) return null;
  const cut = cutOf(weight, family.variance);
  if (cut === null || cut.drawn > NOTICED * cut.meant) return null;
  const [to] = recommendations(row.name, args, weight);
  if (!to || !isNumber(weight.fanIn) || !isNumber(weight.fanOut)) return null;
  const asked = weight.fanIn * recommendedStd(to, weight.fanIn, weight.fanOut) ** 2;
  if (cut.meant < asked / ALIKE || cut.meant > asked * ALIKE) return null;
  const lost = cut.drawn / cut.meant;
  return {
    layer,
    weight,
    severity: 'information',
    parts: [
      `The truncation leaves ${times(lost)} of the variance that ${row.title} wants, ${magnitude(lost ** run.length)} over ${run.length} layers`,
      [`dividing the std by ${number(Math.sqrt(lost))} makes up for it`, `std/${number(Math.sqrt(lost))} mends it`],
    ],
    // Not the same law again: where no draw is corrected, a uniform one has nothing to correct.
    intents: (layers) => initializerIntents(recommend(row.name, args, { law: 'uniform' }), layers, weight),
  };
};

export const truncatedScale = defineRule({
  name: 'truncated-scale',
  group: 'scale',
  tier: 'preview',
  frameworks: ['keras', 'tfjs', 'torch'],
  docs: {
    what: 'A truncated normal is given the std that the activation asks for, but what is left after the truncation has less, and the depth adds it up.',
    why: [
      'A normal cut at ±2σ keeps 0.88 of its standard deviation and 0.774 of its variance. VarianceScaling in Keras and JAX divides σ by 0.8796 to make up for that; their plain TruncatedNormal, and every truncated initializer of TensorFlow.js, do not.',
      '0.774 per layer is 6·10⁻³ of the variance after twenty layers.',
    ].join(' '),
    exceptions:
      'Not flagged: runs over which the gradient stays within a factor ten, scales that were wrong before the truncation (other rules speak of them), bounds so far out that nothing is cut (`trunc_normal_(std=.02)`), layers behind normalisation, weights that are loaded afterwards.',
    severity: 'Information.',
    references: [
      'Keras, keras.initializers.VarianceScaling (division by .87962566103423978)',
      'Johnson, Kotz & Balakrishnan 1994, Continuous Univariate Distributions 1, §10.1 (moments of the truncated normal)',
    ],
  },
  examples: [
    {
      framework: 'keras',
      bad: kerasStack(
        "layers.Dense(256, activation='relu', kernel_initializer=keras.initializers.TruncatedNormal(stddev=(2 / 256) ** 0.5))",
        20,
      ),
      good: kerasStack("layers.Dense(256, activation='relu', kernel_initializer='he_normal')", 20),
    },
  ],
  check: (context) => reportPairings(context, judge),
});
