/** SimpleRNN, LSTM and GRU. The gates share one kernel, so Glorot and orthogonal count them together (THEORY §6). */
import { type Dim, mul } from '../../../network/scalar.ts';
import { activationName } from '../activations.ts';
import { bias, flag, inputFeatures, kernel, type LayerContext, type LayerRow, type Step, size, type Weight } from './row.ts';

type Cell = 'rnn' | 'lstm' | 'gru';

const GATES: Readonly<Record<Cell, number>> = { rnn: 1, lstm: 4, gru: 3 };
const CELL_NAMES: Readonly<Record<Cell, string>> = { rnn: 'simple_rnn_cell', lstm: 'lstm_cell', gru: 'gru_cell' };
const CLASS_NAMES: Readonly<Record<Cell, string>> = { rnn: 'SimpleRNN', lstm: 'LSTM', gru: 'GRU' };

const HEAD: Readonly<Record<Cell, string>> = {
  rnn: "units, activation='tanh', use_bias=True",
  lstm: "units, activation='tanh', recurrent_activation='sigmoid', use_bias=True",
  gru: "units, activation='tanh', recurrent_activation='sigmoid', use_bias=True",
};

const TAIL =
  "kernel_initializer='glorot_uniform', recurrent_initializer='orthogonal', bias_initializer='zeros', unit_forget_bias=True, return_sequences=False, return_state=False, reset_after=True, **kwargs";

/** Weights of one cell; `prefix` for the two of a Bidirectional. */
export const cellWeights = (context: LayerContext, cell: Cell, prefix = `${CELL_NAMES[cell]}/`): readonly Weight[] => {
  const units = size(context, 'units');
  const inFeatures = inputFeatures(context);
  const gates = mul(GATES[cell], units);
  const biasShape: readonly Dim[] = cell === 'gru' && flag(context, 'reset_after', true) ? [2, gates] : [gates];
  const forget = cell === 'lstm' && flag(context, 'unit_forget_bias', true);
  return [
    kernel([inFeatures, gates], { name: `${prefix}kernel`, signal: { fanIn: inFeatures, fanOut: units } }),
    kernel([units, gates], {
      name: `${prefix}recurrent_kernel`,
      role: 'recurrentWeight',
      argument: 'recurrent_initializer',
      fallback: 'orthogonal',
      signal: { fanIn: units, fanOut: units },
    }),
    ...(flag(context, 'use_bias', true) ? [bias(biasShape, { name: `${prefix}bias`, ...(forget ? { forgetShare: 0.25 } : {}) })] : []),
  ];
};

/** Activation inside the cell by its row; undefined where it is not one of the table. */
const cellActivation = (context: LayerContext): string | undefined => activationName(context.args.get('activation'));

export const recurrentStep = (context: LayerContext, cell: Cell, weights: readonly Weight[], bidirectional: boolean): Step => {
  const activation = cellActivation(context);
  if (activation === undefined) return { op: { kind: 'opaque', what: CLASS_NAMES[cell], reason: 'its activation is not known' }, weights };
  return {
    op: {
      kind: 'recurrent',
      cell,
      inFeatures: inputFeatures(context),
      units: size(context, 'units'),
      activation,
      layers: 1,
      bidirectional,
      returnSequence: flag(context, 'return_sequences', false),
      batchFirst: true,
    },
    weights,
  };
};

const recurrent = (cell: Cell): LayerRow => ({
  name: CLASS_NAMES[cell],
  aliases: cell === 'rnn' ? [] : [`CuDNN${CLASS_NAMES[cell]}`],
  signature: `${HEAD[cell]}, ${TAIL}`,
  build: (context) => [recurrentStep(context, cell, cellWeights(context, cell), false)],
});

export const cellOfRow = (row: LayerRow): Cell | undefined =>
  (['rnn', 'lstm', 'gru'] as const).find((cell) => CLASS_NAMES[cell] === row.name || CELL_CLASSES[cell] === row.name);

const CELL_CLASSES: Readonly<Record<Cell, string>> = { rnn: 'SimpleRNNCell', lstm: 'LSTMCell', gru: 'GRUCell' };

/** Cells are given to `RNN(...)`, which unrolls them as their layer would. */
const recurrentCell = (cell: Cell): LayerRow => ({
  name: CELL_CLASSES[cell],
  signature: `${HEAD[cell]}, ${TAIL}`,
  build: (context) => [recurrentStep(context, cell, cellWeights(context, cell, ''), false)],
});

export const RECURRENT_LAYERS: readonly LayerRow[] = [
  recurrent('rnn'),
  recurrent('lstm'),
  recurrent('gru'),
  recurrentCell('rnn'),
  recurrentCell('lstm'),
  recurrentCell('gru'),
];
