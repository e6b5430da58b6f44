/** Sine layers without the scale that keeps their phases spread over one period. */
import type { Node } from '../network/network.ts';
import { type Case, reportCases } from './cases.ts';
import { torchStack } from './examples.ts';
import type { Facts } from './facts.ts';
import { number, times } from './figures.ts';
import type { Pairing } from './pairing.ts';
import { gradientPhrase, initializerName, sentence } from './phrases.ts';
import { initializerIntents, recommendations } from './recommendation.ts';
import { defineRule } from './rule.ts';
import { layerSeverity } from './severity.ts';

/** Its input came through a sine: a hidden layer of the network, whose inputs have second moment ½. */
const isHidden = (facts: Facts, pairings: readonly Pairing[], layer: Node): boolean =>
  pairings.some((p) => p.layer.id < layer.id && facts.run(layer)?.layers.some((l) => l.id === p.layer.id) === true);

const ALIKE = 1.25;

const judge = (facts: Facts, sines: readonly Pairing[], pairing: Pairing): Case | null => {
  const { layer, weight, family, row, args } = pairing;
  const w0 = args.w0 ?? 1;
  if (w0 === 0 || family.variance === null || !isHidden(facts, sines, layer)) return null;
  // Var(ω₀z) = ω₀²·fan_in·Var(W)·½ = 1: Sitzmann et al. 2020, theorem 1.8 and §3.2.
  const off = (Math.abs(w0) * Math.sqrt(family.variance)) / Math.SQRT2;
  if (off >= 1 / ALIKE && off <= ALIKE) return null;
  return {
    layer,
    weight,
    severity: layerSeverity(facts, layer, weight, 'information'),
    parts: [
      sentence(`${initializerName(weight, family)} gives sin(${number(w0)}·z) phases ${times(off)} as wide as SIREN’s`),
      gradientPhrase(facts, layer),
      `SIREN draws U(±√(6/fan_in)/${number(w0)})`,
    ],
    intents: (layers) => initializerIntents(recommendations(row.name, args, weight), layers, weight),
  };
};

export const sineWithoutSiren = defineRule({
  name: 'sine-without-siren',
  group: 'pairing',
  tier: 'preview',
  frameworks: ['torch', 'flax'],
  docs: {
    what: 'Hidden layers of a network of sines are not drawn from U(±√(6/fan_in)/ω₀), which keeps their phases at unit variance.',
    why: [
      'Inputs that are sines have E[h²] = ½, so ω₀z has variance ω₀²·fan_in·Var(W)/2; with Var(W) = 2/(ω₀²·fan_in) it is 1 at every depth.',
      'A wider draw wraps the phases around: outputs of neighbouring points become independent, and the gradient grows by ω₀√(fan_in·Var(W)/2) per layer, ×12 with PyTorch’s default at ω₀ = 30. A narrower one makes the network linear.',
    ].join(' '),
    exceptions:
      'Not flagged: the first layer, which sets the bandwidth of what the network fits (SIREN: U(±1/fan_in)); random Fourier features and positional encodings, whose sine is followed by no further sine; scales within 25 %; frequencies that are not known; weights that are loaded afterwards.',
    references: [
      'Sitzmann, Martel, Bergman, Lindell & Wetzstein 2020, Implicit Neural Representations with Periodic Activation Functions, arXiv:2006.09661, §3.2 and theorem 1.8',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: torchStack({ depth: 4, activation: 'torch.sin(30 * $)' }),
      good: torchStack({
        depth: 4,
        init: 'nn.init.uniform_(layer.weight, -math.sqrt(6 / 256) / 30, math.sqrt(6 / 256) / 30)',
        activation: 'torch.sin(30 * $)',
      }),
    },
    {
      framework: 'flax',
      bad: [
        'import jax',
        'import jax.numpy as jnp',
        'from flax import linen as nn',
        '',
        '',
        'class Net(nn.Module):',
        '    @nn.compact',
        '    def __call__(self, x):',
        '        for _ in range(4):',
        '            x = jnp.sin(30 * nn.Dense(256)(x))',
        '        return nn.Dense(10)(x)',
        '',
        '',
        'params = Net().init(jax.random.key(0), jnp.ones((1, 256)))',
        '',
      ].join('\n'),
      good: [
        'import jax',
        'import jax.numpy as jnp',
        'from flax import linen as nn',
        '',
        '',
        'class Net(nn.Module):',
        '    @nn.compact',
        '    def __call__(self, x):',
        '        for _ in range(4):',
        "            x = jnp.sin(30 * nn.Dense(256, kernel_init=nn.initializers.variance_scaling(2 / 30**2, 'fan_in', 'uniform'))(x))",
        '        return nn.Dense(10)(x)',
        '',
        '',
        'params = Net().init(jax.random.key(0), jnp.ones((1, 256)))',
        '',
      ].join('\n'),
    },
  ],
  check: (context) => {
    const { facts } = context;
    const sines = facts.pairings.filter((p) => p.row.name === 'sin');
    reportCases(
      context,
      sines.map((p) => judge(facts, sines, p)).filter((c) => c !== null),
    );
  },
});
