import { describe, expect, it } from 'vitest';
import { analyse, applyFix } from './analyse.ts';

/** Programs with one bad initializer, and what the first two fixes write. */
const CASES: readonly { name: string; rule: string; text: string; call: string; formula?: string }[] = [
  {
    name: 'a string is replaced by a string, in the quotes of the file',
    rule: 'constant-weights',
    text: `from tensorflow import keras
model = keras.Sequential([
    keras.Input((64,)),
    keras.layers.Dense(32, activation='relu', kernel_initializer='zeros'),
    keras.layers.Dense(10),
])
`,
    call: "kernel_initializer='he_normal')",
    formula: 'kernel_initializer=keras.initializers.RandomNormal(stddev=(2 / 64) ** 0.5))',
  },
  {
    name: 'an object is replaced by an object',
    rule: 'constant-weights',
    text: `import tensorflow as tf
from tensorflow.keras import initializers, layers
inputs = tf.keras.Input((64,))
x = layers.Dense(32, activation="relu", kernel_initializer=initializers.Constant(0.1))(inputs)
model = tf.keras.Model(inputs, layers.Dense(10)(x))
`,
    call: 'kernel_initializer=initializers.HeNormal())',
  },
  {
    name: 'a default in a loop, with an import',
    rule: 'sigmoid-without-gain',
    text: `from tensorflow.keras.layers import Dense, Input
from tensorflow.keras.models import Sequential

def build(depth=8):
    model = Sequential([Input((128,))])
    for _ in range(depth):
        model.add(Dense(128, activation="sigmoid"))
    model.add(Dense(1))
    return model
`,
    call: 'Dense(128, activation="sigmoid", kernel_initializer=keras.initializers.VarianceScaling(scale=16.0, mode="fan_avg", distribution="uniform"))',
    formula: 'minval=-4 * (6 / (128 + 128)) ** 0.5, maxval=4 * (6 / (128 + 128)) ** 0.5',
  },
  {
    name: 'one argument a line stays so',
    rule: 'selu-without-lecun',
    text: `import keras

def build(depth=10):
    x = inputs = keras.Input((128,))
    for _ in range(depth):
        x = keras.layers.Dense(
            128,
            activation="selu",
            kernel_initializer="he_normal",
        )(x)
    return keras.Model(inputs, keras.layers.Dense(1)(x))
`,
    call: '            kernel_initializer="lecun_normal",\n',
  },
  {
    name: 'add_weight',
    rule: 'constant-weights',
    text: `import keras

class Linear(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.w = self.add_weight(shape=(64, 32), initializer="ones")

    def call(self, x):
        return keras.ops.relu(keras.ops.matmul(x, self.w))

model = keras.Sequential([keras.Input((64,)), Linear(), keras.layers.Dense(10)])
`,
    call: 'initializer="he_normal")',
  },
  {
    name: 'add_weight of Keras 2, by position',
    rule: 'constant-weights',
    text: `import keras

class Linear(keras.layers.Layer):
    def build(self, shape):
        self.k = self.add_weight("k", (shape[-1], 32), None, keras.initializers.Ones())

    def call(self, x):
        return keras.activations.relu(keras.ops.matmul(x, self.k))

model = keras.Sequential([keras.Input((16,)), Linear(), keras.layers.Dense(3)])
`,
    call: '("k", (shape[-1], 32), None, keras.initializers.HeNormal())',
  },
  {
    name: 'a variable drawn by hand',
    rule: 'unit-normal-weights',
    text: `import tensorflow as tf

class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.w = tf.Variable(tf.random.normal([256, 64]))
        self.out = tf.keras.layers.Dense(3)

    def call(self, x):
        return self.out(tf.nn.relu(tf.matmul(x, self.w)))
`,
    call: 'tf.Variable(tf.keras.initializers.HeNormal()(shape=[256, 64]))',
  },
  {
    name: 'a transposed convolution, whose fans Keras swaps',
    rule: 'constant-weights',
    text: `import keras
model = keras.Sequential([
    keras.Input((8, 8, 16)),
    keras.layers.Conv2DTranspose(32, 4, strides=2, activation="relu", kernel_initializer="zeros"),
    keras.layers.Conv2D(3, 3),
])
`,
    call: 'keras.initializers.VarianceScaling(scale=8.0, mode="fan_out", distribution="truncated_normal")',
    formula: 'keras.initializers.RandomNormal(stddev=(2 / 64) ** 0.5)',
  },
  {
    name: 'a depthwise kernel',
    rule: 'constant-weights',
    text: `import keras
model = keras.Sequential([
    keras.Input((8, 8, 16)),
    keras.layers.SeparableConv2D(32, 3, activation="relu", pointwise_initializer="ones"),
    keras.layers.Flatten(),
    keras.layers.Dense(3),
])
`,
    call: 'pointwise_initializer="he_normal")',
  },
];

describe('fixes', () => {
  for (const c of CASES) {
    it(c.name, () => {
      const before = analyse(c.text);
      const finding = before.findings.find((f) => f.rule === c.rule);
      expect(before.findings.map((f) => f.rule)).toContain(c.rule);
      if (!finding) return;
      const fixes = before.fixes(finding);
      const call = fixes.find((f) => f.style === 'call');
      const formula = fixes.find((f) => f.style === 'formula');
      expect(fixes[0]).toBe(call);
      for (const [fix, expected] of [
        [call, c.call],
        [formula, c.formula],
      ] as const) {
        if (!fix) continue;
        expect(fix.title).toMatch(/^Initialize with .*changes training\)$/);
        const fixed = applyFix(c.text, fix);
        if (expected !== undefined) expect(fixed).toContain(expected);
        const after = analyse(fixed);
        expect(after.networks.length).toBe(before.networks.length);
        // What is left, if anything, no initializer mends.
        expect(after.findings.filter((f) => f.rule === c.rule || f.intents.length > 0)).toEqual([]);
      }
    });
  }

  it('adds the import that an object needs', () => {
    const c = CASES[2];
    if (!c) throw new Error('no case');
    const { findings, fixes } = analyse(c.text);
    const fix = findings[0] && fixes(findings[0])[0];
    expect(fix && applyFix(c.text, fix)).toContain('from tensorflow.keras.models import Sequential\nfrom tensorflow import keras\n');
  });

  it('leaves what came by a splat alone', () => {
    const { findings, fixes } = analyse(`import keras
options = {"kernel_initializer": "zeros"}
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8, activation="relu", **options), keras.layers.Dense(1)])
`);
    const finding = findings.find((f) => f.rule === 'constant-weights');
    expect(finding).toBeDefined();
    expect(finding && fixes(finding)).toEqual([]);
  });
});
