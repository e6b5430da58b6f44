/** A recurrence over layers of the author's: followed where both are one dense layer without a nonlinearity, as the docs show it. */
import type { Value } from '../../../interpreter/values.ts';
import type { Dim, Shape } from '../../../network/scalar.ts';
import { shapeOf } from '../../shared/graph.ts';
import type { Storage } from '../../shared/storage.ts';
import { cellActivation, isIdentity } from '../nonlinearities.ts';
import { type LayerData, layerData } from '../state.ts';
import { flag, input, type LayerContext, type LayerRow, type Step, unfollowed, type Weight, weight } from './row.ts';

const denseOf = (value: Value | undefined): LayerData | undefined => {
  const data = layerData(value);
  return data?.row?.name === 'DenseLayer' && isIdentity(data.nonlinearity) ? data : undefined;
};

const outputOfLayer = (value: Value | undefined): Shape | null => {
  const output = layerData(value)?.output;
  return output ? shapeOf(output) : null;
};

/** Parameters of all layers below one, by path. */
const weightsBelow = (value: Value | undefined, prefix: string, into: Weight[], seen: Set<Value>): void => {
  const data = layerData(value);
  if (!value || !data || seen.has(value)) return;
  seen.add(value);
  for (const [name, storage] of data.params) into.push(taken(`${prefix}.${name}`, storage, storage.role ?? 'other'));
  data.incoming.forEach(({ layer }, i) => {
    if (layer) weightsBelow(layer, `${prefix}.${i}`, into, seen);
  });
};

const taken = (name: string, storage: Storage, role: Weight['role']): Weight => ({
  name,
  role,
  shape: (storage.shape ?? []).map((d) => d ?? 0),
  argument: null,
  given: undefined,
  fallback: '',
  storage,
});

const followed = (context: LayerContext): Step | undefined => {
  const [inner, hidden] = [denseOf(context.args.get('input_to_hidden')), denseOf(context.args.get('hidden_to_hidden'))];
  const [weights, recurrent] = [inner?.params.get('W'), hidden?.params.get('W')];
  const [inFeatures, units] = weights?.shape ?? [];
  const given = context.args.has('nonlinearity') ? context.args.get('nonlinearity') : undefined;
  const activation = given === undefined ? 'relu' : cellActivation(given);
  if (!weights || !recurrent || inFeatures == null || units == null || activation === undefined) return undefined;
  const bias = [...(inner?.params ?? [])].filter(([name]) => name === 'b').map(([, s]) => taken('input_to_hidden.b', s, 'bias'));
  const other = [...(hidden?.params ?? [])]
    .filter(([name]) => name === 'b')
    .map(([, s]) => taken('hidden_to_hidden.b', s, 'recurrentBias'));
  return {
    op: {
      kind: 'recurrent',
      cell: 'rnn',
      inFeatures,
      units,
      activation,
      layers: 1,
      bidirectional: false,
      returnSequence: !flag(context, 'only_return_final', false),
      batchFirst: true,
    },
    weights: [
      { ...taken('input_to_hidden.W', weights, 'weight'), signal: { fanIn: inFeatures, fanOut: units } },
      ...bias,
      { ...taken('hidden_to_hidden.W', recurrent, 'recurrentWeight'), signal: { fanIn: units, fanOut: units } },
      ...other,
      ...weight(context, 'hid_init', 'other', [1, units], { trainable: flag(context, 'learn_init', false) }),
    ],
  };
};

export const CUSTOM_RECURRENT: LayerRow = {
  name: 'CustomRecurrentLayer',
  signature:
    "incoming, input_to_hidden, hidden_to_hidden, nonlinearity='rectify', hid_init='Constant(0.)', backwards=False, learn_init=False, gradient_steps=-1, grad_clipping=0, unroll_scan=False, precompute_input=True, mask_input=None, only_return_final=False, **kwargs",
  build: (context) => {
    const step = input(context)?.length === 3 || input(context) === null ? followed(context) : undefined;
    if (step) return [step];
    const weights: Weight[] = [];
    const seen = new Set<Value>();
    weightsBelow(context.args.get('input_to_hidden'), 'input_to_hidden', weights, seen);
    weightsBelow(context.args.get('hidden_to_hidden'), 'hidden_to_hidden', weights, seen);
    const state = outputOfLayer(context.args.get('hidden_to_hidden'))?.slice(1);
    const [batch, steps] = input(context) ?? [];
    const kept = flag(context, 'only_return_final', false) ? [batch] : [batch, steps];
    const shape = state && kept.every((size) => size !== undefined) ? [...(kept as Dim[]), ...state] : null;
    if (state) weights.push(...weight(context, 'hid_init', 'other', [1, ...state], { trainable: flag(context, 'learn_init', false) }));
    return unfollowed('CustomRecurrentLayer', 'a recurrence over these layers is not followed', shape, weights);
  },
};
