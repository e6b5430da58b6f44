/**
 * Recurrent cells. linen draws every gate's kernel by itself; nnx's optimized cells draw all gates at once, which orthogonal and LeCun
 * count differently (THEORY §6). `RNN` runs a cell over a sequence.
 */
import { type Dim, mul } from '../../../network/scalar.ts';
import { activationNameOf } from '../activations.ts';
import {
  bias,
  flag,
  inputFeatures,
  kernel,
  type LayerContext,
  type LayerRow,
  ONE,
  recurrentKernel,
  type Step,
  size,
  type Weight,
} from './row.ts';

type Cell = 'rnn' | 'lstm' | 'gru';

const units = (context: LayerContext): Dim => size(context, context.api === 'linen' ? 'features' : 'hidden_features');

/** A cell's op; opaque where an activation of it is not the usual one. */
const cellStep = (context: LayerContext, cell: Cell, label: string, weights: readonly Weight[]): readonly Step[] => {
  const given = context.args.get('activation_fn');
  const activation = !given || given.kind === 'none' ? 'tanh' : activationNameOf(given);
  const gate = context.args.get('gate_fn');
  const plainGate = !gate || gate.kind === 'none' || activationNameOf(gate) === 'sigmoid';
  if (activation === undefined || !plainGate || flag(context, 'residual', false))
    return [{ op: { kind: 'opaque', what: label, reason: 'its functions are not the usual ones' }, weights }];
  return [
    {
      op: {
        kind: 'recurrent',
        cell,
        inFeatures: inputFeatures(context),
        units: units(context),
        activation,
        layers: 1,
        bidirectional: false,
        returnSequence: true,
        batchFirst: true,
      },
      weights,
    },
  ];
};

const LINEN =
  'features, gate_fn=None, activation_fn=None, kernel_init=None, recurrent_kernel_init=None, bias_init=None, dtype=None, param_dtype=None, carry_init=None, **kwargs';
const NNX =
  'in_features, hidden_features, *, gate_fn=None, activation_fn=None, kernel_init=None, recurrent_kernel_init=None, bias_init=None, **kwargs';

interface Gate {
  readonly name: string;
  readonly inputBias: boolean;
  readonly recurrentBias: boolean;
}

const gates = (context: LayerContext, list: readonly Gate[], options: { readonly forget?: string } = {}): readonly Weight[] => {
  const [into, n] = [inputFeatures(context), units(context)];
  const signal = { fanIn: into, fanOut: n };
  const inner = { fanIn: n, fanOut: n };
  return list.flatMap((gate) => {
    const given = gate.name === options.forget ? { argument: 'forget_bias_init', fallback: ONE } : {};
    const which = { gate: gate.name === 'f' ? ('forget' as const) : ('other' as const) };
    const other = options.forget && gate.name !== options.forget ? { argument: 'activation_bias_init' } : {};
    // 'if' is a word of Python: nnx writes if_.
    const name = context.api === 'nnx' && gate.name === 'f' ? 'if_' : `i${gate.name}`;
    return [
      kernel([into, n], { name: `${name}/kernel`, signal }),
      ...(gate.inputBias ? [bias([n], { name: `${name}/bias`, ...which, ...given, ...other })] : []),
      recurrentKernel([n, n], { name: `h${gate.name}/kernel`, signal: inner }),
      ...(gate.recurrentBias ? [bias([n], { name: `h${gate.name}/bias`, role: 'recurrentBias', ...which, ...other })] : []),
    ];
  });
};

const LSTM_GATES: readonly Gate[] = ['i', 'f', 'g', 'o'].map((name) => ({ name, inputBias: false, recurrentBias: true }));

const GRU_GATES: readonly Gate[] = [
  { name: 'r', inputBias: true, recurrentBias: false },
  { name: 'z', inputBias: true, recurrentBias: false },
  { name: 'n', inputBias: true, recurrentBias: true },
];

/** All gates in one kernel: `dense_i` and `dense_h`. */
const fused = (context: LayerContext, count: number, biasOn: 'i' | 'h'): readonly Weight[] => {
  const [into, n] = [inputFeatures(context), units(context)];
  const width = mul(count, n);
  return [
    kernel([into, width], { name: 'dense_i/kernel', signal: { fanIn: into, fanOut: n } }),
    recurrentKernel([n, width], { name: 'dense_h/kernel', signal: { fanIn: n, fanOut: n } }),
    bias([width], { name: `dense_${biasOn}/bias` }),
  ];
};

const lstm = (name: string, nnx: 'gates' | 'fused'): LayerRow => ({
  name,
  linen: LINEN,
  nnx: NNX,
  cell: true,
  build: (context) =>
    cellStep(context, 'lstm', name, context.api === 'nnx' && nnx === 'fused' ? fused(context, 4, 'h') : gates(context, LSTM_GATES)),
});

const gru: LayerRow = {
  name: 'GRUCell',
  linen: LINEN,
  nnx: NNX,
  cell: true,
  build: (context) => cellStep(context, 'gru', 'GRUCell', context.api === 'nnx' ? fused(context, 3, 'i') : gates(context, GRU_GATES)),
};

const simple: LayerRow = {
  name: 'SimpleCell',
  linen:
    'features, activation_fn=None, kernel_init=None, recurrent_kernel_init=None, bias_init=None, dtype=None, param_dtype=None, carry_init=None, residual=False, **kwargs',
  nnx: 'in_features, hidden_features, *, residual=False, activation_fn=None, kernel_init=None, recurrent_kernel_init=None, bias_init=None, **kwargs',
  cell: true,
  build: (context) => {
    const [into, n] = [inputFeatures(context), units(context)];
    const [i, h] = context.api === 'linen' ? ['i', 'h'] : ['dense_i', 'dense_h'];
    return cellStep(context, 'rnn', 'SimpleCell', [
      kernel([into, n], { name: `${i}/kernel`, signal: { fanIn: into, fanOut: n } }),
      bias([n], { name: `${i}/bias` }),
      recurrentKernel([n, n], { name: `${h}/kernel`, signal: { fanIn: n, fanOut: n } }),
    ]);
  },
};

/** A minimal gated unit is followed only as far as its weights. */
const mgu: LayerRow = {
  name: 'MGUCell',
  linen:
    'features, gate_fn=None, activation_fn=None, kernel_init=None, recurrent_kernel_init=None, forget_bias_init=None, activation_bias_init=None, dtype=None, param_dtype=None, carry_init=None, reset_gate=True, **kwargs',
  nnx: null,
  cell: true,
  build: (context) => {
    const reset = flag(context, 'reset_gate', true);
    const weights = gates(
      context,
      [
        { name: 'f', inputBias: true, recurrentBias: false },
        { name: 'n', inputBias: true, recurrentBias: reset },
      ],
      { forget: 'f' },
    );
    const n = units(context);
    const input = context.inputs[0];
    const shape = input ? [...input.slice(0, -1), n] : null;
    return [{ op: { kind: 'opaque', what: 'MGUCell', reason: 'a minimal gated unit is not followed' }, weights, shape }];
  },
};

export const RECURRENT_LAYERS: readonly LayerRow[] = [lstm('LSTMCell', 'gates'), lstm('OptimizedLSTMCell', 'fused'), gru, simple, mgu];
