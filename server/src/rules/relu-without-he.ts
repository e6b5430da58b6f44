/** ReLU family behind weights that He's factor of two is missing from. */
import { isNumber } from '../network/scalar.ts';
import { type Case, reportCases } from './cases.ts';
import { kerasStack, lasagneStack, torchStack } from './examples.ts';
import type { Facts, Run } from './facts.ts';
import { compounded, count, magnitude, times } from './figures.ts';
import type { Part } from './line.ts';
import { isTransformerScale, negativeSlope, type Pairing } from './pairing.ts';
import { gradientPhrase, initializerName, keptPhrase, sentence } from './phrases.ts';
import { initializerIntents, recommendations } from './recommendation.ts';
import { defineRule } from './rule.ts';
import { fixedSeverity, isSized, layerSeverity } from './severity.ts';

/** A rectifier keeps (1 + a²)/2 of the second moment: He et al. 2015, eq. 10 and 15. */
const keptPerLayer = (pairing: Pairing, variance: number): number => (variance * (1 + negativeSlope(pairing) ** 2)) / 2;

/** What one initializer keeps over the layers of a run that it draws: as many factors as layers, which differ where sizes do. */
interface Kept {
  readonly layers: number;
  readonly least: number;
  readonly most: number;
  readonly log: number;
}

type KeptOver = (pairing: Pairing) => Kept | null;

/** Glorot on unknown sizes: its scale for equal fans, said without a depth. */
const varianceOf = ({ family }: Pairing): number | null => family.variance ?? (family.name === 'glorot' ? family.gain ** 2 : null);

const together = (a: Kept | undefined, kept: number): Kept => ({
  layers: (a?.layers ?? 0) + 1,
  least: Math.min(a?.least ?? kept, kept),
  most: Math.max(a?.most ?? kept, kept),
  log: (a?.log ?? 0) + Math.log(kept),
});

/** One pass over all runs, so that depth costs no more than its layers; a weight that several layers share counts at each. */
const keptOverRuns = (facts: Facts): KeptOver => {
  const sentenceKey = (p: Pairing): string => `${initializerName(p.weight, p.family)} ${p.row.title}`;
  const byWeight = new Map(facts.pairings.map((p) => [p.weight.storage, p]));
  const kept = new Map<Run, Map<string, Kept>>();
  for (const run of facts.runs) {
    const own = new Map<string, Kept>();
    for (const layer of run.layers) {
      const pairing = byWeight.get(facts.weight(layer)?.storage ?? -1);
      const variance = pairing && varianceOf(pairing);
      if (!pairing || !variance || facts.isNormalised(layer)) continue;
      const key = sentenceKey(pairing);
      own.set(key, together(own.get(key), keptPerLayer(pairing, variance)));
    }
    kept.set(run, own);
  }
  return (pairing) => {
    const run = facts.run(pairing.layer);
    return isSized(facts, run) && !facts.isNormalised(pairing.layer) ? (kept.get(run)?.get(sentenceKey(pairing)) ?? null) : null;
  };
};

/** Less than this share of the variance, and the layer is spoken of. */
const FLAGGED = 0.8;

/** Factors that a message's two digits do not tell apart. */
const ALIKE = 1.02;

const describe = (facts: Facts, pairing: Pairing, kept: number, over: KeptOver): readonly Part[] => {
  const { layer, weight, family, row } = pairing;
  const name = initializerName(weight, family);
  if (family.name === 'fixed') {
    const fanIn = isNumber(weight.fanIn) ? ` on ${count(weight.fanIn, 'input')}` : '';
    return [sentence(`${name}${fanIn} ${keptPhrase(kept)} at each ${row.title}`), gradientPhrase(facts, layer), 'He keeps it'];
  }
  const run = over(pairing);
  const mean = run === null ? kept : Math.exp(run.log / run.layers);
  // One layer's factor to the power of the depth would be nobody's figure: the total is the product of the layers' own.
  if (run !== null && run.most > ALIKE * run.least && mean < FLAGGED) {
    const total = `${magnitude(Math.exp(run.log))} after ${run.layers} layers`;
    return [sentence(`${name} keeps on average ${times(mean)} of the variance at each ${row.title}, ${total}`), 'He keeps it'];
  }
  const depth = run !== null && run.most <= ALIKE * run.least ? run.layers : 1;
  const after = depth > 1 ? `, ${compounded(kept, depth)} after ${depth} layers` : '';
  return [sentence(`${name} ${keptPhrase(kept)} at each ${row.title}${after}`), 'He keeps it'];
};

const judge = (facts: Facts, pairing: Pairing, over: KeptOver): Case | null => {
  const { layer, weight, family, row, args } = pairing;
  if (row.recommended.family !== 'he') return null;
  const plain = family.name === 'lecun' || family.name === 'third' || (family.name === 'glorot' && family.gain < 1.2);
  if (!plain && (family.name !== 'fixed' || isTransformerScale(facts, family))) return null;
  const variance = varianceOf(pairing);
  if (variance === null) return null;
  const kept = keptPerLayer(pairing, variance);
  const severity =
    family.name === 'fixed' ? fixedSeverity(facts, layer, Math.sqrt(kept)) : kept < FLAGGED ? layerSeverity(facts, layer, weight) : null;
  if (severity === null) return null;
  return {
    layer,
    weight,
    severity,
    parts: describe(facts, pairing, kept, over),
    intents: (layers) => initializerIntents(recommendations(row.name, args, weight), layers, weight),
  };
};

export const reluWithoutHe = defineRule({
  name: 'relu-without-he',
  group: 'pairing',
  tier: 'stable',
  docs: {
    what: 'A ReLU-like activation follows weights drawn by Glorot, LeCun, a fixed scale or the framework’s default instead of He.',
    why: [
      'A ReLU zeroes half of its inputs, so E[φ(z)²] = q/2 and E[φ′(z)²] = 1/2: signal and gradient lose half of their second moment at every layer unless the weights make up for it.',
      'He’s Var(W) = 2/fan_in does exactly that; a negative slope a needs 2/((1 + a²)·fan_in).',
      'Glorot and LeCun keep ×0.50 per layer (2⁻²⁰ after 20 layers); PyTorch’s default U(±1/√fan_in) keeps ×0.17.',
      'In nets of width 512 the ratio of first- to last-layer gradient at depth 20 was measured as 0.97 for He, 8·10⁻⁴ for Glorot and 2·10⁻⁸ for PyTorch’s default.',
    ].join(' '),
    exceptions:
      'Not flagged: heads and single-layer models, weights that are loaded afterwards, `kaiming_*` without `nonlinearity` (its default has ReLU’s gain), PyTorch’s own `a=math.sqrt(5)` copied out, Glorot whose unequal fans happen to give He’s scale. Behind a normalisation layer it is a hint at most.',
    references: [
      'He, Zhang, Ren & Sun 2015, Delving Deep into Rectifiers, arXiv:1502.01852, eq. 10, 14 and 15',
      'Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: torchStack({ depth: 20, init: 'nn.init.xavier_uniform_(layer.weight)', activation: 'torch.relu($)' }),
      good: torchStack({ depth: 20, init: "nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')", activation: 'torch.relu($)' }),
    },
    {
      framework: 'keras',
      bad: kerasStack("layers.Dense(256, activation='relu')", 20),
      good: kerasStack("layers.Dense(256, activation='relu', kernel_initializer='he_normal')", 20),
    },
    {
      framework: 'lasagne',
      bad: lasagneStack('DenseLayer(network, 256)', 20),
      good: lasagneStack("DenseLayer(network, 256, W=lasagne.init.HeNormal(gain='relu'))", 20),
    },
  ],
  check: (context) => {
    const { facts } = context;
    const over = keptOverRuns(facts);
    reportCases(
      context,
      facts.pairings.map((p) => judge(facts, p, over)).filter((c) => c !== null),
    );
  },
});
