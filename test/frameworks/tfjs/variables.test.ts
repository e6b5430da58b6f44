/** Networks by hand: variables drawn and multiplied in functions and classes, and the fixes of their draws. */
import { describe, expect, it } from 'vitest';
import { apply } from '../../rules/analysis.ts';
import { analyse, described } from './analyse.ts';

const IMPORT = "import * as tf from '@tensorflow/tfjs';\n";

const functions = `${IMPORT}
const w1 = tf.variable(tf.randomNormal([784, 256], 0, 1));
const b1 = tf.variable(tf.zeros([256]));
const w2 = tf.variable(tf.randomNormal([256, 10], 0, 0.1));
function model(x) {
  return tf.tidy(() => x.matMul(w1).add(b1).relu().matMul(w2));
}
`;

describe('variables', () => {
  it('in a function that takes what is not known', () => {
    expect(described(functions)).toMatchInlineSnapshot(`
      "
      0 x = input() [B,784]
      1 matmul = dense(0) [B,256]
          w1 [784,256] fan 784 N(0, 1) call
      2 add = shift(1) [B,256]
          b1 [256] 0 call
      3 relu = relu(2) [B,256]
      4 matmul = dense(3) [B,10]
          w2 [256,10] fan 256 N(0, 0.1) call
      outputs 4
      "
    `);
  });

  it('in a class, by the method that uses them', () => {
    expect(
      described(`${IMPORT}
class Net {
  constructor(n = 64) {
    this.w1 = tf.variable(tf.truncatedNormal([n, 32], 0, 0.1));
    this.b1 = tf.variable(tf.zeros([32]));
    this.w2 = tf.variable(tf.randomUniform([32, 4], -1, 1));
  }
  predict(x) {
    const h = tf.sigmoid(tf.add(tf.matMul(x, this.w1), this.b1));
    return tf.softmax(tf.matMul(h, this.w2));
  }
}
`),
    ).toMatchInlineSnapshot(`
      "
      0 x = input() [B,64]
      1 matmul = dense(0) [B,32]
          w1 [64,32] fan 64 TN(0, 0.1) call
      2 add = shift(1) [B,32]
          b1 [32] 0 call
      3 sigmoid = sigmoid(2) [B,32]
      4 matmul = dense(3) [B,4]
          w2 [32,4] fan 32 U(-1, 1) call
      5 softmax = softmax(4) [B,4]
      outputs 5
      "
    `);
  });

  it('of convolutions over an image that is not known', () => {
    expect(
      described(`${IMPORT}
const low = tf.variable(tf.randomNormal([5, 5, 1, 8], 0, 0.1));
const high = tf.variable(tf.randomNormal([1568, 10], 0, 1 / Math.sqrt(1568)));
function model(images) {
  const xs = images.as4D(-1, 28, 28, 1);
  const features = tf.tidy(() => xs.conv2d(low, 1, 'same').relu().maxPool([2, 2], 2, 0));
  return features.as2D(-1, high.shape[0]).matMul(high);
}
`),
    ).toMatchInlineSnapshot(`
      "
      0 images = input() ?
      1 reshape = reshape(0) [B,28,28,1]
      2 conv2d = conv(1) [B,28,28,8]
          low [5,5,1,8] fan 25 N(0, 0.1) call
      3 relu = relu(2) [B,28,28,8]
      4 max_pool2d = pool(3) [B,14,14,8]
      5 reshape = reshape(4) [B,1568]
      6 matmul = dense(5) [B,10]
          high [1568,10] fan 1568 N(0, 0.02525) call
      outputs 6
      "
    `);
  });

  it('have their draws rewritten', () => {
    const { findings, fixes } = analyse(functions);
    const [finding] = findings;
    expect(finding?.rule).toBe('unit-normal-weights');
    // Its `heNormal` is cut and not corrected for it, so the formula alone keeps what the fix says.
    const [formula, ...others] = finding ? fixes(finding) : [];
    expect(others.map(({ title }) => title)).not.toContain('Initialize with He normal (heNormal, changes training)');
    expect(formula && apply(functions, formula)).toContain('const w1 = tf.variable(tf.randomNormal([784, 256], 0, Math.sqrt(2 / 784)));');
  });

  it('of statistics are no network', () => {
    expect(
      analyse(`${IMPORT}const v = tf.variable(tf.randomNormal([3, 3]));\nfunction rotate(x) { return x.matMul(v); }`).networks,
    ).toEqual([]);
  });
});
