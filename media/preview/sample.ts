/** Draws a parameter's values from its Distribution, on the device and from a seeded stream; one case per kind. */
import * as tf from '@tensorflow/tfjs-core';
import type { Distribution } from '../../server/src/network/distribution.ts';
import { TRUNCATION_AT_2 } from '../../server/src/network/moments.ts';
import { erf } from '../../server/src/network/normal.ts';
import { isNumber, type Scalar } from '../../server/src/network/scalar.ts';
import { orthogonalRows } from './orthogonal.ts';
import { stream } from './random.ts';
import { draw } from './randomKernel.ts';
import { stop } from './stopped.ts';

export interface SampleContext {
  readonly seed: number;
  /** Name of the parameter: its stream, so that an edit of one layer leaves the draws of the others alone. */
  readonly name: string;
  /** Axis along which `blocks` lie: 0 for torch's packed tensors, the last for Keras's. */
  readonly blockAxis: number;
  /** Told where a draw is not quite what was asked for. */
  readonly note: (text: string) => void;
}

const number = (value: Scalar, what: string): number => (isNumber(value) ? value : stop(`${what} is not a number: ${value.text}`));
const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

const uniform = (shape: readonly number[], low: number, high: number, context: SampleContext): tf.Tensor =>
  draw(shape, { stream: stream(context.seed, context.name), low, high, normal: false });

const unitNormal = (shape: readonly number[], context: SampleContext): tf.Tensor =>
  draw(shape, { stream: stream(context.seed, context.name), low: -1, high: 1, normal: true });

const normal = (shape: readonly number[], mean: number, std: number, context: SampleContext): tf.Tensor =>
  tf.add(tf.mul(unitNormal(shape, context), std), mean);

/** Normal cut at `low` and `high` in units of σ, by the inverse distribution function. */
const truncated = (shape: readonly number[], low: number, high: number, context: SampleContext): tf.Tensor => {
  const bound = (x: number): number => erf(Math.min(Math.max(x, -8), 8) * Math.SQRT1_2);
  const u = { stream: stream(context.seed, context.name), low: bound(low), high: bound(high), normal: true };
  return tf.clipByValue(draw(shape, u), low, high);
};

const matrix = (values: Float32Array, shape: readonly number[], rows: number, columns: number): tf.Tensor =>
  rows * columns === size(shape)
    ? tf.tensor(values, [...shape], 'float32')
    : stop(`a ${rows} × ${columns} matrix does not fill the parameter`);

const eye = (rows: number, columns: number, gain: number): Float32Array => {
  const values = new Float32Array(rows * columns);
  for (let i = 0; i < Math.min(rows, columns); i++) values[i * columns + i] = gain;
  return values;
};

/** torch.nn.init.dirac_: output channel g·per + d passes input channel d through, at the centre of the kernel. */
const dirac = (d: Extract<Distribution, { kind: 'dirac' }>, shape: readonly number[]): tf.Tensor => {
  const [out = 0, inputs = 0, ...kernel] = shape;
  const values = new Float32Array(size(shape));
  const receptive = size(kernel);
  const centre = kernel.reduce((index, k) => index * k + Math.floor(k / 2), 0);
  const per = Math.floor(out / d.groups);
  for (let g = 0; g < d.groups; g++) {
    for (let i = 0; i < Math.min(per, inputs); i++) values[((g * per + i) * inputs + i) * receptive + centre] = 1;
  }
  return tf.tensor(values, [...shape], 'float32');
};

const blocks = (d: Extract<Distribution, { kind: 'blocks' }>, shape: readonly number[], context: SampleContext): tf.Tensor => {
  const axis = context.blockAxis < 0 ? shape.length + context.blockAxis : context.blockAxis;
  const extent = shape[axis] ?? 0;
  let start = 0;
  const parts = d.blocks.map((block, i) => {
    const last = i === d.blocks.length - 1;
    const length = last ? extent - start : Math.round(number(block.share, 'share') * extent);
    start += length;
    const part = shape.map((n, a) => (a === axis ? length : n));
    return sample(block.distribution, part, { ...context, name: `${context.name}#${i}` });
  });
  return parts.length === 1 ? (parts[0] as tf.Tensor) : tf.concat(parts, axis);
};

const orthogonal = (d: Extract<Distribution, { kind: 'orthogonal' }>, shape: readonly number[], context: SampleContext): tf.Tensor => {
  const [rows, columns, gain] = [number(d.rows, 'rows'), number(d.columns, 'columns'), number(d.gain, 'gain')];
  const values = orthogonalRows(rows, columns, stream(context.seed, context.name));
  if (values !== null) return tf.mul(matrix(values, shape, rows, columns), gain);
  context.note(`${context.name}: ${rows} × ${columns} is too large to orthogonalise here; drawn normal with the same variance`);
  return normal(shape, 0, gain / Math.sqrt(Math.max(rows, columns)), context);
};

const varianceScaling = (
  d: Extract<Distribution, { kind: 'varianceScaling' }>,
  shape: readonly number[],
  context: SampleContext,
): tf.Tensor => {
  const std = Math.sqrt(number(d.scale, 'scale') / number(d.fan, 'fan'));
  switch (d.law) {
    case 'uniform':
      return uniform(shape, -Math.sqrt(3) * std, Math.sqrt(3) * std, context);
    case 'normal':
      return normal(shape, 0, std, context);
    case 'truncatedNormal':
      return tf.mul(truncated(shape, -2, 2, context), d.corrected ? std / TRUNCATION_AT_2 : std);
  }
};

export const sample = (d: Distribution, shape: readonly number[], context: SampleContext): tf.Tensor => {
  switch (d.kind) {
    case 'constant':
      return tf.fill([...shape], number(d.value, 'value'));
    case 'uniform':
      return uniform(shape, number(d.low, 'low'), number(d.high, 'high'), context);
    case 'normal':
      return normal(shape, number(d.mean, 'mean'), number(d.std, 'std'), context);
    case 'truncatedNormal': {
      const [mean, std] = [number(d.mean, 'mean'), number(d.std, 'std')];
      if (std === 0) return tf.fill([...shape], mean);
      const unit = truncated(shape, (number(d.low, 'low') - mean) / std, (number(d.high, 'high') - mean) / std, context);
      return tf.add(tf.mul(unit, std), mean);
    }
    case 'varianceScaling':
      return varianceScaling(d, shape, context);
    case 'orthogonal':
      return orthogonal(d, shape, context);
    case 'identity': {
      const [rows, columns] = [number(d.rows, 'rows'), number(d.columns, 'columns')];
      return matrix(eye(rows, columns, number(d.gain, 'gain')), shape, rows, columns);
    }
    case 'dirac':
      return dirac(d, shape);
    case 'sparse': {
      const kept = uniform(shape, 0, 1, { ...context, name: `${context.name}#mask` });
      const mask = tf.step(tf.sub(number(d.density, 'density'), kept));
      return tf.mul(mask, normal(shape, 0, number(d.std, 'std'), context));
    }
    case 'affine':
      return tf.add(tf.mul(sample(d.of, shape, context), number(d.factor, 'factor')), number(d.offset, 'offset'));
    case 'blocks':
      return blocks(d, shape, context);
    case 'data':
      return stop(`${context.name} comes from data (${d.what})`);
    case 'uninitialized':
      return stop(`${context.name} is memory that nothing has filled`);
    case 'unknown':
      return stop(`${context.name}: ${d.reason}`);
  }
};
