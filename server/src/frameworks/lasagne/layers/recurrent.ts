/** Recurrent layers. Every gate has matrices of its own, drawn N(0, 0.1) by default whatever the width (THEORY §6). */
import type { Value } from '../../../interpreter/values.ts';
import type { ParameterRole } from '../../../network/network.ts';
import { type Dim, product, type Shape } from '../../../network/scalar.ts';
import { defaultGate, type GateData, gateData } from '../gate.ts';
import { cellActivation } from '../nonlinearities.ts';
import { flag, input, inputSize, type LayerContext, type LayerRow, type Step, size, type Weight, weight } from './row.ts';

const COMMON =
  'backwards=False, learn_init=False, gradient_steps=-1, grad_clipping=0, unroll_scan=False, precompute_input=True, mask_input=None, only_return_final=False';

type Cell = 'rnn' | 'lstm' | 'gru';

/** What follows batch and time counts as one axis. */
const featuresOf = (context: LayerContext): Dim => {
  const shape = input(context);
  return shape && shape.length > 3 ? product(shape.slice(2)) : inputSize(context, -1);
};

const flattened = (context: LayerContext, main: Step): readonly Step[] =>
  (input(context)?.length ?? 0) > 3
    ? [{ op: { kind: 'flatten', startAxis: 2, endAxis: -1 }, weights: [], suffix: 'flatten' }, main]
    : [main];

/** The state before the first step: trained only with `learn_init`. */
const initial = (context: LayerContext, argument: string): readonly Weight[] => {
  // A layer as the initial state is an input, not a parameter.
  const value = context.args.get(argument);
  if (value?.kind === 'instance' && value.cls.mro.some((c) => c.path === 'lasagne.layers.Layer')) return [];
  return weight(context, argument, 'other', [1, size(context, 'num_units')], { trainable: flag(context, 'learn_init', false) });
};

const recurrentStep = (context: LayerContext, cell: Cell, activation: string | undefined, weights: readonly Weight[]): Step => {
  const units = size(context, 'num_units');
  const shape = input(context);
  const onlyFinal = flag(context, 'only_return_final', false);
  if (activation === undefined)
    return {
      op: { kind: 'opaque', what: context.name, reason: 'its nonlinearities are not the usual ones' },
      weights,
      shape: shape ? [...shape.slice(0, onlyFinal ? 1 : 2), units] : null,
    };
  return {
    op: {
      kind: 'recurrent',
      cell,
      inFeatures: featuresOf(context),
      units,
      activation,
      layers: 1,
      bidirectional: false,
      returnSequence: !onlyFinal,
      batchFirst: true,
    },
    weights,
  };
};

const inputWeight = (context: LayerContext) => ({ fanIn: featuresOf(context), fanOut: size(context, 'num_units') });
const hiddenWeight = (context: LayerContext) => ({ fanIn: size(context, 'num_units'), fanOut: size(context, 'num_units') });

const recurrent: LayerRow = {
  name: 'RecurrentLayer',
  signature: `incoming, num_units, W_in_to_hid='Uniform()', W_hid_to_hid='Uniform()', b='Constant(0.)', nonlinearity='rectify', hid_init='Constant(0.)', ${COMMON}, **kwargs`,
  build: (context) => {
    const [inputs, units] = [featuresOf(context), size(context, 'num_units')];
    const given = context.args.has('nonlinearity') ? context.args.get('nonlinearity') : undefined;
    const activation = given === undefined ? 'relu' : cellActivation(given);
    const named = (weights: readonly Weight[], name: string): readonly Weight[] => weights.map((w) => ({ ...w, name }));
    return flattened(
      context,
      recurrentStep(context, 'rnn', activation, [
        ...named(weight(context, 'W_in_to_hid', 'weight', [inputs, units], { signal: inputWeight(context) }), 'input_to_hidden.W'),
        ...named(weight(context, 'b', 'bias', [units]), 'input_to_hidden.b'),
        ...named(
          weight(context, 'W_hid_to_hid', 'recurrentWeight', [units, units], { signal: hiddenWeight(context) }),
          'hidden_to_hidden.W',
        ),
        ...initial(context, 'hid_init'),
      ]),
    );
  },
};

/** One parameter of a gate: given to `Gate(…)`, or the gate's default. */
const gateWeight = (
  gate: GateData,
  argument: 'W_in' | 'W_hid' | 'W_cell' | 'b',
  name: string,
  role: ParameterRole,
  shape: Shape,
  extra: Partial<Weight> = {},
): readonly Weight[] => {
  const value = gate[argument];
  if (value?.kind === 'none') return [];
  const fallback = argument === 'b' ? 'Constant(0.)' : 'Normal(0.1)';
  return [{ name, role, shape, argument: null, given: value, fallback, ...extra }];
};

const gateWeights = (context: LayerContext, argument: string, gate: GateData, peephole: boolean): readonly Weight[] => {
  const [inputs, units] = [featuresOf(context), size(context, 'num_units')];
  return [
    ...gateWeight(gate, 'W_in', `W_in_to_${argument}`, 'weight', [inputs, units], { signal: inputWeight(context) }),
    ...gateWeight(gate, 'W_hid', `W_hid_to_${argument}`, 'recurrentWeight', [units, units], { signal: hiddenWeight(context) }),
    ...gateWeight(gate, 'b', `b_${argument}`, 'bias', [units], { gate: argument === 'forgetgate' ? 'forget' : 'other' }),
    ...(peephole ? gateWeight(gate, 'W_cell', `W_cell_to_${argument}`, 'other', [units]) : []),
  ];
};

/** The gate given, else the default one; undefined where what was given is not known. */
const gateOf = (context: LayerContext, argument: string, isCell: boolean): GateData | undefined => {
  const value: Value | undefined = context.args.has(argument) ? context.args.get(argument) : undefined;
  return value === undefined ? defaultGate(isCell) : gateData(value);
};

const UNKNOWN_GATE: GateData = {
  kind: 'gate',
  W_in: { kind: 'unknown', reason: 'the gate is not known' },
  W_hid: { kind: 'unknown', reason: 'the gate is not known' },
  W_cell: { kind: 'unknown', reason: 'the gate is not known' },
  b: { kind: 'unknown', reason: 'the gate is not known' },
  nonlinearity: { kind: 'unknown', reason: 'the gate is not known' },
};

/** Sigmoid gates around one candidate: the name of what is inside, undefined for any other combination. */
const gated = (context: LayerContext, gates: readonly string[], candidate: string): string | undefined => {
  for (const name of gates) if (cellActivation((gateOf(context, name, false) ?? UNKNOWN_GATE).nonlinearity) !== 'sigmoid') return undefined;
  return cellActivation((gateOf(context, candidate, true) ?? UNKNOWN_GATE).nonlinearity);
};

const lstm: LayerRow = {
  name: 'LSTMLayer',
  signature: `incoming, num_units, ingate='Gate', forgetgate='Gate', cell='Gate', outgate='Gate', nonlinearity='tanh', cell_init='Constant(0.)', hid_init='Constant(0.)', backwards=False, learn_init=False, peepholes=True, gradient_steps=-1, grad_clipping=0, unroll_scan=False, precompute_input=True, mask_input=None, only_return_final=False, **kwargs`,
  build: (context) => {
    const peepholes = flag(context, 'peepholes', true);
    const gates = (['ingate', 'forgetgate', 'cell', 'outgate'] as const).flatMap((name) =>
      gateWeights(context, name, gateOf(context, name, name === 'cell') ?? UNKNOWN_GATE, peepholes && name !== 'cell'),
    );
    const inside = gated(context, ['ingate', 'forgetgate', 'outgate'], 'cell');
    const outside = context.args.has('nonlinearity') ? cellActivation(context.args.get('nonlinearity')) : 'tanh';
    return flattened(
      context,
      recurrentStep(context, 'lstm', inside === outside ? inside : undefined, [
        ...gates,
        ...initial(context, 'cell_init'),
        ...initial(context, 'hid_init'),
      ]),
    );
  },
};

const gru: LayerRow = {
  name: 'GRULayer',
  signature: `incoming, num_units, resetgate='Gate', updategate='Gate', hidden_update='Gate', hid_init='Constant(0.)', ${COMMON}, **kwargs`,
  build: (context) => {
    const gates = (['updategate', 'resetgate', 'hidden_update'] as const).flatMap((name) =>
      gateWeights(context, name, gateOf(context, name, name === 'hidden_update') ?? UNKNOWN_GATE, false),
    );
    const inside = gated(context, ['updategate', 'resetgate'], 'hidden_update');
    return flattened(context, recurrentStep(context, 'gru', inside, [...gates, ...initial(context, 'hid_init')]));
  },
};

export const RECURRENT_LAYERS: readonly LayerRow[] = [recurrent, lstm, gru];
