/** What the pages of vanishing- and exploding-signal and -gradient have in common. */
import type { Rule } from './rule.ts';

export const SCALE_DOCS: Omit<Rule['docs'], 'what'> = {
  why: [
    'A run is the longest chain of weight layers, head excluded, with no normalisation and no skip connection between them.',
    'Over a run F is the ratio of the input-dependent rms √(q − r) from the first to the last hidden pre-activation (q is the second moment of a unit, r its product over two different inputs; the difference leaves out what biases add and what is the same for every input),',
    'and G is the product of γ = √(fan_in·Var(W)·E[φ′(z)²]) over its layers, by which the gradient’s norm is multiplied on its way back, times the known factors that forward multiplies by.',
    'A factor of 0.8 per layer is 10⁻² after 20 layers, a factor of 0.5 is 10⁻⁶: the first layers then learn nothing, or everything overflows.',
    'These rules speak where no finding at an initializer names the cause: a factor in the forward pass, a mixture of initializers, an activation that no initializer saves. The one of signal and gradient that moves further gives the finding its name.',
    'Of recurrent layers fed one by another, with no skip and no norm between, G is the gradient’s norm at the input of the first over that at the output of the last, over all steps: ×0.2 to ×0.3 per LSTM as PyTorch draws it. Up to four such layers train, six barely, eight very poorly, so they are spoken of from three decades on.',
  ].join(' '),
  exceptions:
    'Not flagged: runs that a finding at an initializer explains, runs whose figures are not known, activations whose fixed point is unstable (GELU or SiLU with He, deep and without normalisation), weights that are loaded afterwards. Where sizes or depth are not known it is a hint; stacks of recurrent layers whose depth is not known are left in peace.',
  references: [
    'Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward neural networks',
    'Schoenholz, Gilmer, Ganguli & Sohl-Dickstein 2017, Deep Information Propagation, arXiv:1611.01232',
    'Wu et al. 2016, Google’s Neural Machine Translation System, arXiv:1609.08144, §3.1 (stacked LSTMs with and without skips)',
    'Poole, Lahiri, Raghu, Sohl-Dickstein & Ganguli 2016, Exponential expressivity in deep neural networks, arXiv:1606.05340',
  ],
};
