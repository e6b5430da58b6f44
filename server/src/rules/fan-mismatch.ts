/** Initializers that count other inputs than a unit sums over: transposed, depthwise and grouped convolutions. */

import type { Parameter } from '../network/network.ts';
import { constantValue, div, isNumber, type Scalar } from '../network/scalar.ts';
import { type Case, reportPairings } from './cases.ts';
import type { Facts } from './facts.ts';
import { times } from './figures.ts';
import type { Pairing } from './pairing.ts';
import { gradientPhrase } from './phrases.ts';
import { defineRule } from './rule.ts';
import { layerSeverity } from './severity.ts';

/** Off by more than this in variance. */
const OFF = 2;

const equal = (a: Scalar, b: Scalar): boolean => Math.abs((constantValue(div(a, b)) ?? 0) - 1) < 1e-6;

/** The fan that the draw divides by, where it is the framework's and not the signal's; null: none, or the same. */
const counted = ({
  init,
  fanIn,
  frameworkFans,
}: Parameter): { readonly fan: number; readonly inputs: number; readonly scale: number } | null => {
  const { distribution } = init;
  if (distribution.kind !== 'varianceScaling' || distribution.mode !== 'fanIn' || fanIn === null || frameworkFans.fanIn === null)
    return null;
  const scale = constantValue(distribution.scale);
  if (scale === undefined || !isNumber(fanIn) || !isNumber(frameworkFans.fanIn) || fanIn === 0 || frameworkFans.fanIn === 0) return null;
  if (equal(fanIn, frameworkFans.fanIn) || !equal(distribution.fan, frameworkFans.fanIn)) return null;
  return { fan: frameworkFans.fanIn, inputs: fanIn, scale };
};

const judge = (facts: Facts, pairing: Pairing): Case | null => {
  const { layer, weight } = pairing;
  const fans = counted(weight);
  if (fans === null) return null;
  const off = fans.inputs / fans.fan;
  if (off >= 1 / OFF && off <= OFF) return null;
  return {
    layer,
    weight,
    severity: layerSeverity(facts, layer, weight),
    parts: [
      `\`${weight.init.name}\` counts ${Math.round(fans.fan)} inputs, but a unit sums over ${Math.round(fans.inputs)}: ${times(off)} the variance it means`,
      gradientPhrase(facts, layer),
    ],
    // The framework's call would count as it did before, and a formula with its fan too.
    intents: () => [],
  };
};

export const fanMismatch = defineRule({
  name: 'fan-mismatch',
  group: 'scale',
  tier: 'preview',
  frameworks: ['torch', 'keras', 'tfjs'],
  docs: {
    what: 'An initializer scaled by fan_in is applied to a kernel whose fan_in the framework counts differently from what a unit sums over.',
    why: [
      'A fan-relative initializer is right when its fan is the number of products in one pre-activation. Frameworks read it off the kernel’s shape, which fails for some layers:',
      'PyTorch’s `ConvTranspose` counts out_channels/groups · ∏k where a unit sums over in_channels·∏k/∏stride; Keras and TensorFlow.js count in_channels·∏k for a depthwise kernel, where it is ∏k, and swap the fans of transposed convolutions.',
      'A depthwise 3×3 kernel over 64 channels is so drawn with 1/64 of the variance.',
    ].join(' '),
    exceptions:
      'Not flagged: counts within a factor two of the truth, draws by fan_out or the average, scales written by hand, heads, weights that are loaded afterwards. Behind a normalisation layer, where such kernels mostly stand, it is a hint.',
    fix: 'None: the framework’s own call would count the same inputs again. Write the std out, √(2/n) with the true number of inputs n.',
    references: [
      'He, Zhang, Ren & Sun 2015, Delving Deep into Rectifiers, arXiv:1502.01852, eq. 7 (n_l is the number of connections of a response)',
      'PyTorch, torch.nn.init, note on transposed weights',
    ],
  },
  examples: [
    {
      framework: 'torch',
      bad: [
        'from torch import nn',
        '',
        'up = nn.ConvTranspose2d(256, 16, 4, stride=2, padding=1)',
        "nn.init.kaiming_normal_(up.weight, nonlinearity='relu')",
        'model = nn.Sequential(up, nn.ReLU(), nn.Conv2d(16, 3, 3, padding=1))',
        '',
      ].join('\n'),
      good: [
        'import math',
        'from torch import nn',
        '',
        'up = nn.ConvTranspose2d(256, 16, 4, stride=2, padding=1)',
        'nn.init.normal_(up.weight, std=math.sqrt(2 / (256 * 4 * 4 / 2 / 2)))',
        'model = nn.Sequential(up, nn.ReLU(), nn.Conv2d(16, 3, 3, padding=1))',
        '',
      ].join('\n'),
    },
    {
      framework: 'keras',
      bad: [
        'import keras',
        'from keras import layers',
        '',
        'model = keras.Sequential([',
        '    keras.Input((32, 32, 64)),',
        "    layers.DepthwiseConv2D(3, depthwise_initializer='he_normal', activation='relu'),",
        '    layers.GlobalAveragePooling2D(),',
        '    layers.Dense(10),',
        '])',
        '',
      ].join('\n'),
      good: [
        'import keras',
        'from keras import layers',
        '',
        'init = keras.initializers.RandomNormal(stddev=(2 / 9) ** 0.5)',
        'model = keras.Sequential([',
        '    keras.Input((32, 32, 64)),',
        "    layers.DepthwiseConv2D(3, depthwise_initializer=init, activation='relu'),",
        '    layers.GlobalAveragePooling2D(),',
        '    layers.Dense(10),',
        '])',
        '',
      ].join('\n'),
    },
  ],
  check: (context) => reportPairings(context, judge),
});
