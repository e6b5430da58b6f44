/** `lasagne.layers.Gate`: the initializers and the nonlinearity of one gate of an LSTM or GRU. */
import { bind, nativeClass } from '../../interpreter/native.ts';
import type { ClassValue, Value } from '../../interpreter/values.ts';
import { NONE } from '../../interpreter/values.ts';
import { nonlinearity } from './nonlinearities.ts';

/** Undefined for what was left at its default. */
export interface GateData {
  readonly kind: 'gate';
  readonly W_in: Value | undefined;
  readonly W_hid: Value | undefined;
  readonly W_cell: Value | undefined;
  readonly b: Value | undefined;
  readonly nonlinearity: Value | undefined;
}

export const gateData = (value: Value | undefined): GateData | undefined => {
  if (value?.kind !== 'instance') return undefined;
  const data = value.data as GateData | undefined | null;
  return data && typeof data === 'object' && data.kind === 'gate' ? data : undefined;
};

/** `Gate()`, and for the candidate `Gate(W_cell=None, nonlinearity=tanh)`. */
export const defaultGate = (isCell: boolean): GateData => ({
  kind: 'gate',
  W_in: undefined,
  W_hid: undefined,
  W_cell: isCell ? NONE : undefined,
  b: undefined,
  nonlinearity: nonlinearity(isCell ? 'tanh' : 'sigmoid'),
});

export const GATE: ClassValue = nativeClass('lasagne.layers.Gate', [], {
  __init__: (args, _site, interp) => {
    const [self] = args.positional;
    if (self?.kind !== 'instance') return NONE;
    const bound = bind('W_in=None, W_hid=None, W_cell=None, b=None, nonlinearity=None', args, 1);
    const given = (name: string): Value | undefined => (bound.has(name) ? bound.get(name) : undefined);
    const data: GateData = {
      kind: 'gate',
      W_in: given('W_in'),
      W_hid: given('W_hid'),
      W_cell: given('W_cell'),
      b: given('b'),
      // None is the identity here, as everywhere.
      nonlinearity: bound.has('nonlinearity') ? bound.get('nonlinearity') : nonlinearity('sigmoid'),
    };
    self.data = data;
    for (const name of ['W_in', 'W_hid', 'W_cell', 'b', 'nonlinearity'] as const) {
      const value = data[name];
      if (value) interp.storeAttr(self, name, value);
    }
    return NONE;
  },
});
