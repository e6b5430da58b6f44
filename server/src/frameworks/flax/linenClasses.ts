/** Classes of flax.linen that are no rows: Sequential, RNN, Bidirectional, WeightNorm and SpectralNorm; and one class for each row. */
import type { Interpreter } from '../../interpreter/api.ts';
import { bind, nativeClass } from '../../interpreter/native.ts';
import type { Args, CallSite, ClassValue, InstanceValue, NativeCall, Value } from '../../interpreter/values.ts';
import { args as makeArgs, NONE, tuple, unknown } from '../../interpreter/values.ts';
import { isNumber, type Shape } from '../../network/scalar.ts';
import { shapeOf } from '../shared/graph.ts';
import { activationsIn } from '../shared/opaque.ts';
import { emit, emitOpaque, tensorData } from '../shared/tensor.ts';
import { isOn } from './functionRow.ts';
import { classesOf } from './layers.ts';
import { callRow, construct, ensureLinen, insideModule, linenClass, self, withoutSelf } from './linen.ts';
import { isNnx, LINEN, linenData } from './state.ts';

/** `(x)`, `(a, b)` or `{k: v}` as the arguments of the next layer. */
const asArgs = (value: Value): Args => (value.kind === 'tuple' ? makeArgs(value.items) : makeArgs([value]));

/** Calls one after the other. */
export const callInTurn = (layers: readonly Value[], first: Args, site: CallSite, interp: Interpreter): Value => {
  let next = first;
  let out: Value = first.positional[0] ?? NONE;
  for (const layer of layers) {
    out = interp.call(layer, next, site);
    next = asArgs(out);
  }
  return out;
};

const listed = (value: Value | undefined, site: CallSite, interp: Interpreter): readonly Value[] | undefined => {
  const items = value && interp.iterate(value);
  if (!items || (value.kind === 'list' && value.open)) interp.partial('A list of layers is not known', site.span);
  return items;
};

/** A class whose constructor fills fields, and whose call is written here. */
const fieldClass = (
  name: string,
  signature: string,
  fields: readonly string[],
  call: (module: InstanceValue, args: Args, site: CallSite, interp: Interpreter) => Value,
): ClassValue =>
  nativeClass(`flax.linen.${name}`, [LINEN], {
    __init__: (args, _site, interp) => {
      const module = self(args);
      if (!module) return NONE;
      const bound = bind(signature, args, 1);
      return construct(module, new Map(fields.map((f) => [f, bound.get(f) ?? NONE])), args, interp);
    },
    __call__: (args, site, interp) => {
      const module = self(args);
      return module
        ? insideModule(module, interp, () => call(module, withoutSelf(args), site, interp))
        : unknown(`${name} without itself`, site.span);
    },
  });

const SEQUENTIAL = fieldClass('Sequential', 'layers, **kwargs', ['layers'], (module, args, site, interp) => {
  const layers = listed(module.attrs.get('layers'), site, interp);
  return layers ? callInTurn(layers, args, site, interp) : unknown('layers that are not known', site.span);
});

// ── recurrence ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The last step of a sequence, as a cell hands it on. */
export const lastStep = (output: Value, isLstm: boolean, timeAxis: number, site: CallSite, interp: Interpreter): Value => {
  const x = tensorData(output);
  const shape = x ? shapeOf(x) : null;
  if (!x || x.node === null) return unknown('the state of a cell', site.span);
  const axis = shape ? timeAxis + (timeAxis < 0 ? shape.length : 0) : timeAxis;
  const length = shape?.[axis];
  const state = emit(
    interp,
    x.graph,
    {
      op: { kind: 'slice', axis, start: isNumber(length ?? null) ? (length as number) - 1 : null, size: 1 },
      inputs: [x],
      label: 'carry',
      shape: shape ? shape.filter((_, i) => i !== axis) : null,
    },
    site,
  );
  return isLstm ? tuple([state, state]) : state;
};

/** A cell of the source over a sequence: one step is looked at, what the steps lead to is not followed. */
export const overSequence = (cell: Value, sequence: Value, carry: Value, timeAxis: number, site: CallSite, interp: Interpreter): Value => {
  const x = tensorData(sequence);
  const shape = x ? shapeOf(x) : null;
  if (!x || x.node === null) return unknown('a sequence that is not known', site.span);
  const axis = shape && timeAxis < 0 ? timeAxis + shape.length : timeAxis;
  const one = emit(
    interp,
    x.graph,
    {
      op: { kind: 'slice', axis, start: null, size: 1 },
      inputs: [x],
      label: 'step',
      shape: shape ? shape.filter((_, i) => i !== axis) : null,
    },
    site,
  );
  const result = interp.call(cell, makeArgs([carry, one]), site);
  const outputs = activationsIn(result);
  const last = outputs.at(-1);
  const stepShape = last ? shapeOf(last) : null;
  const length = shape?.[axis];
  const whole: Shape | null = stepShape && length !== undefined ? [...stepShape.slice(0, axis), length, ...stepShape.slice(axis)] : null;
  return emitOpaque(
    interp,
    x.graph,
    'RNN',
    'a recurrence of a cell that is not a known one',
    outputs.length > 0 ? outputs : [x],
    site,
    whole,
  );
};

/** `initial_carry=` of a call, for the cell inside. */
export const carryOf = (args: Args): Readonly<Record<string, Value>> => {
  const carry = args.keywords.get('initial_carry');
  return carry ? { initial_carry: carry } : {};
};

const runRnn = (module: InstanceValue, args: Args, site: CallSite, interp: Interpreter): Value => {
  const cell = module.attrs.get('cell');
  const sequence = args.positional[0] ?? args.keywords.get('inputs');
  if (cell?.kind !== 'instance' || !sequence) return unknown('a cell that is not known', site.span);
  const row = linenData(cell)?.row;
  const timeAxis = isOn(module.attrs.get('time_major')) ? 0 : -2;
  const output = row?.cell
    ? callRow(cell, makeArgs([sequence], carryOf(args)), site, interp)
    : overSequence(cell, sequence, args.keywords.get('initial_carry') ?? unknown('a carry'), timeAxis, site, interp);
  const returns = args.keywords.get('return_carry') ?? module.attrs.get('return_carry');
  if (!isOn(returns)) return output;
  return tuple([lastStep(output, row?.name.includes('LSTM') ?? false, timeAxis, site, interp), output]);
};

const RNN = fieldClass(
  'RNN',
  'cell, time_major=False, return_carry=False, reverse=False, keep_order=False, **kwargs',
  ['cell', 'time_major', 'return_carry'],
  runRnn,
);

const BIDIRECTIONAL = fieldClass(
  'Bidirectional',
  'forward_rnn, backward_rnn, merge_fn=None, time_major=False, return_carry=False, **kwargs',
  ['forward_rnn', 'backward_rnn', 'merge_fn', 'return_carry'],
  (module, args, site, interp) => {
    const [forward, backward] = ['forward_rnn', 'backward_rnn'].map((name) => {
      const rnn = module.attrs.get(name);
      return rnn ? interp.call(rnn, args, site) : unknown(name, site.span);
    }) as [Value, Value];
    const parts = [forward, backward].map((v) => (v.kind === 'tuple' ? v.items[1] : v));
    const merge = module.attrs.get('merge_fn');
    if (merge && merge.kind !== 'none') return interp.call(merge, makeArgs(parts.map((p) => p ?? NONE)), site);
    const inputs = parts.map(tensorData).filter((t) => t !== undefined);
    const [x] = inputs;
    if (!x || inputs.length !== 2) return unknown('a direction that is not known', site.span);
    const joined = emit(interp, x.graph, { op: { kind: 'concat', axis: -1 }, inputs, label: 'Bidirectional' }, site);
    const carries = [forward, backward].map((v) => (v.kind === 'tuple' ? (v.items[0] ?? NONE) : NONE));
    return isOn(module.attrs.get('return_carry')) ? tuple([tuple(carries), joined]) : joined;
  },
);

// ── reparametrisation ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** The layer inside with its weights divided by their norm: what they then are is not followed. */
const normed = (name: string): ClassValue =>
  fieldClass(name, 'layer_instance, *args, **kwargs', ['layer_instance'], (module, args, site, interp) => {
    const layer = module.attrs.get('layer_instance');
    const keywords = new Map([...args.keywords].filter(([key]) => key !== 'update_stats'));
    const output = layer ? interp.call(layer, { ...args, keywords }, site) : unknown('a layer that is not known', site.span);
    const x = tensorData(output);
    return x?.node != null ? emitOpaque(interp, x.graph, name, 'weights divided by their norm', [x], site, shapeOf(x)) : output;
  });

// ── by name ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const cells: ClassValue = nativeClass('flax.linen.RNNCellBase', [LINEN]);

export const LINEN_CLASSES: ReadonlyMap<string, ClassValue> = new Map<string, ClassValue>([
  ...classesOf('linen').map(([name, row]) => [name, linenClass(row, name)] as const),
  ...[SEQUENTIAL, RNN, BIDIRECTIONAL, normed('WeightNorm'), normed('SpectralNorm'), cells].map((cls) => [cls.name, cls] as const),
  ['Module', LINEN],
]);

/** A model that is put together from layers without a class of its own. */
export const isAssembled = (module: InstanceValue): boolean => module.cls === SEQUENTIAL;

/** `nn.share_scope(self, other)`: the other's parameters lie where this module's lie. */
export const shareScope: NativeCall = (args, _site, interp) => {
  const [module, other] = args.positional;
  if (module?.kind !== 'instance' || other?.kind !== 'instance' || isNnx(module)) return NONE;
  const scope = ensureLinen(module).scope;
  const data = ensureLinen(other);
  const before = data.scope;
  interp.mutate(
    () => {
      data.scope = scope;
    },
    () => {
      data.scope = before;
    },
  );
  return NONE;
};
