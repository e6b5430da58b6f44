/** Arithmetic on distributions: what `torch.randn(n, m) * 0.01 + 1` or `2 * torch.rand(n) - 1` draws. */
import type { Distribution } from '../../network/distribution.ts';
import { unknownDistribution } from '../../network/distribution.ts';
import { add, constantValue, div, isNumber, mul, type Scalar, scalarOp, sub } from '../../network/scalar.ts';

/** |x|, where a symbol counts as positive: symbols are sizes and scales. */
const magnitude = (x: Scalar): Scalar => (isNumber(x) ? Math.abs(x) : x);

/** factor · d + offset, as the plain kind where there is one. */
export const affineOf = (d: Distribution, factor: Scalar, offset: Scalar = 0): Distribution => {
  if (factor === 1 && offset === 0) return d;
  const move = (x: Scalar): Scalar => add(mul(x, factor), offset);
  switch (d.kind) {
    case 'constant':
      return { kind: 'constant', value: move(d.value) };
    case 'uniform':
    case 'truncatedNormal': {
      const flip = isNumber(factor) && factor < 0;
      const [low, high] = flip ? [move(d.high), move(d.low)] : [move(d.low), move(d.high)];
      return d.kind === 'uniform'
        ? { kind: 'uniform', low, high }
        : { kind: 'truncatedNormal', mean: move(d.mean), std: mul(d.std, magnitude(factor)), low, high };
    }
    case 'normal':
      return { kind: 'normal', mean: move(d.mean), std: mul(d.std, magnitude(factor)) };
    case 'varianceScaling':
      return offset === 0 ? { ...d, scale: mul(d.scale, mul(factor, factor)) } : { kind: 'affine', of: d, factor, offset };
    case 'orthogonal':
    case 'identity':
      return offset === 0 ? { ...d, gain: mul(d.gain, factor) } : { kind: 'affine', of: d, factor, offset };
    case 'sparse':
      return offset === 0 ? { ...d, std: mul(d.std, magnitude(factor)) } : { kind: 'affine', of: d, factor, offset };
    case 'affine':
      return affineOf(d.of, mul(d.factor, factor), move(d.offset));
    case 'blocks':
      return { kind: 'blocks', blocks: d.blocks.map((b) => ({ share: b.share, distribution: affineOf(b.distribution, factor, offset) })) };
    case 'dirac':
      return { kind: 'affine', of: d, factor, offset };
    case 'data':
    case 'uninitialized':
    case 'unknown':
      return d;
  }
};

/** Ones with probability `keep`, else zeros: the mask of a dropout. */
export const bernoulli = (keep: Scalar): Distribution => ({
  kind: 'blocks',
  blocks: [
    { share: keep, distribution: { kind: 'constant', value: 1 } },
    { share: sub(1, keep), distribution: { kind: 'constant', value: 0 } },
  ],
});

/** The dropout that multiplying by a mask is: its rate, and what is kept times `factor`. Undefined where it is no mask. */
export const maskOf = (d: Distribution): { readonly rate: Scalar; readonly factor: Scalar } | undefined => {
  if (d.kind !== 'blocks' || d.blocks.length !== 2) return undefined;
  const [kept, dropped] = d.blocks;
  if (kept?.distribution.kind !== 'constant' || dropped?.distribution.kind !== 'constant' || dropped.distribution.value !== 0)
    return undefined;
  const mean = mul(kept.share, kept.distribution.value);
  // A dropout divides by what it keeps, so that a mask of mean 1 changes nothing else.
  return { rate: dropped.share, factor: constantValue(mean) ?? mean };
};

/** a op b for two tensors of draws; only a constant on one side keeps a closed form. */
export const combine = (op: '+' | '-' | '*' | '/', a: Distribution, b: Distribution): Distribution => {
  if (b.kind === 'constant') {
    switch (op) {
      case '+':
        return affineOf(a, 1, b.value);
      case '-':
        return affineOf(a, 1, mul(-1, b.value));
      case '*':
        return affineOf(a, b.value);
      case '/':
        return b.value === 0 ? unknownDistribution('division by zero') : affineOf(a, div(1, b.value));
    }
  }
  if (a.kind === 'constant' && op === '+') return affineOf(b, 1, a.value);
  if (a.kind === 'constant' && op === '-') return affineOf(b, -1, a.value);
  if (a.kind === 'constant' && op === '*') return affineOf(b, a.value);
  // Independent normals add their variances.
  if (a.kind === 'normal' && b.kind === 'normal' && (op === '+' || op === '-')) {
    const variance = add(mul(a.std, a.std), mul(b.std, b.std));
    return { kind: 'normal', mean: scalarOp(op, a.mean, b.mean), std: scalarOp('sqrt', variance) };
  }
  return unknownDistribution(`two draws combined by ${op}`);
};

/** `part` of the elements (a share of them) drawn anew, the rest left: LSTM forget biases, padding rows. */
export const replacePart = (whole: Distribution, share: Scalar, part: Distribution): Distribution => {
  if (share === 1) return part;
  const rest = add(1, mul(-1, share));
  const blocks = whole.kind === 'blocks' ? whole.blocks : [{ share: 1 as Scalar, distribution: whole }];
  // A part is known by its size alone: filled twice alike, it may be the same part or another one.
  const again = JSON.stringify({ share, distribution: part });
  if (blocks.some((block) => JSON.stringify(block) === again)) return unknownDistribution('one part may be filled twice');
  return { kind: 'blocks', blocks: [...blocks.map((b) => ({ ...b, share: mul(b.share, rest) })), { share, distribution: part }] };
};
