/**
 * Transformations of nnx: `nnx.vmap` over a function that makes modules stacks their parameters, `nnx.scan` with such modules calls a
 * function once a layer. Other uses are not followed.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar, native } from '../../interpreter/native.ts';
import type { Args, CallSite, InstanceValue, NativeFunction, Value } from '../../interpreter/values.ts';
import { NONE, tuple, unknown } from '../../interpreter/values.ts';
import { isNumber, type Scalar, symbol } from '../../network/scalar.ts';
import { shapeOf } from '../shared/graph.ts';
import { activationsIn, opaqueCall } from '../shared/opaque.ts';
import { emitOpaque } from '../shared/tensor.ts';
import { walk } from './nnx.ts';
import { flaxState, isNnx } from './state.ts';

/** Layers of a scan that are followed. */
const LAYERS = 64;

/** `nnx.Carry`: the argument that one step hands to the next. */
const CARRY: Value = unknown('nnx.Carry');

/** A transformation with its function, or as a decorator with arguments. */
const transformation = (
  name: string,
  run: (fn: Value, options: Args, args: Args, site: CallSite, interp: Interpreter) => Value,
): NativeFunction =>
  native(name, (options) => {
    const apply = (fn: Value): Value => native(name, (args, site, interp) => run(fn, options, args, site, interp), 'static');
    const fn = options.positional[0] ?? options.keywords.get('f');
    return fn ? apply(fn) : native(name, (inner) => apply(inner.positional[0] ?? NONE), 'static');
  });

const modulesIn = (value: Value, depth = 0): readonly InstanceValue[] => {
  if (isNnx(value)) return [value];
  if (depth > 3 || (value.kind !== 'tuple' && value.kind !== 'list')) return [];
  return value.items.flatMap((item) => modulesIn(item, depth + 1));
};

const notFollowed = (name: string, args: Args, site: CallSite, interp: Interpreter): Value =>
  opaqueCall({ ...unknown(`nnx.${name} is not followed here`), path: `flax.nnx.${name}` }, args, site, interp) ??
  unknown(`nnx.${name} is not followed here`, site.span);

/** Keys for so many members: how many the next transformation makes. */
const splitRngs = transformation('split_rngs', (fn, options, args, site, interp) => {
  const state = flaxState(interp);
  const before = state.splits;
  state.splits = asScalar(options.keywords.get('splits')) ?? null;
  try {
    return interp.call(fn, args, site);
  } finally {
    state.splits = before;
  }
});

const stack = (module: InstanceValue, axis: number, size: Scalar, interp: Interpreter): void => {
  const { stacked } = flaxState(interp);
  for (const [, storage] of walk(module).variables) {
    const before = storage.shape;
    interp.mutate(
      () => {
        storage.shape = before && [...before.slice(0, axis), size, ...before.slice(axis)];
      },
      () => {
        storage.shape = before;
      },
    );
  }
  stacked.set(module, size);
};

const vmap = transformation('vmap', (fn, options, args, site, interp) => {
  if (activationsIn(tuple(args.positional)).length > 0) return notFollowed('vmap', args, site, interp);
  const size = asScalar(options.keywords.get('axis_size')) ?? flaxState(interp).splits ?? symbol('members');
  const result = interp.call(fn, args, site);
  const axis = asNumber(options.keywords.get('out_axes')) ?? 0;
  for (const module of modulesIn(result)) stack(module, axis, size, interp);
  return result;
});

/** Position of the carry among axes: the only one, or an item of a sequence. */
const carryAt = (axes: Value | undefined): number =>
  axes?.kind === 'tuple' || axes?.kind === 'list' ? Math.max(0, axes.items.indexOf(CARRY)) : 0;

const scan = transformation('scan', (fn, options, args, site, interp) => {
  const { stacked } = flaxState(interp);
  const size = modulesIn(tuple(args.positional))
    .map((m) => stacked.get(m))
    .find((n) => n !== undefined);
  if (size === undefined) return notFollowed('scan', args, site, interp);
  if (!isNumber(size) || size > LAYERS) interp.partial('Layers of a scan: their number is not known or large', site.span);
  const at = carryAt(options.keywords.get('in_axes'));
  const outAxes = options.keywords.get('out_axes');
  const several = outAxes?.kind === 'tuple' || outAxes === undefined;
  let [carry, out]: [Value, Value] = [args.positional[at] ?? NONE, NONE];
  for (let i = 0; i < (isNumber(size) ? Math.min(size, LAYERS) : 1); i++) {
    const positional = args.positional.map((value, j) => (j === at ? carry : value));
    const result = interp.call(fn, { ...args, positional }, site);
    const parts = several && result.kind === 'tuple' ? result.items : [result];
    [carry, out] = [parts[0] ?? NONE, parts[1] ?? NONE];
  }
  const beside = activationsIn(out);
  const [first] = beside;
  const shape = first ? shapeOf(first) : null;
  const all = first ? emitOpaque(interp, first.graph, 'scan', 'what the layers give beside', beside, site, shape && [size, ...shape]) : out;
  return several ? tuple([carry, all]) : carry;
});

export const NNX_TRANSFORMS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['split_rngs', splitRngs],
  ['vmap', vmap],
  ['scan', scan],
  ['Carry', CARRY],
]);
