/**
 * Lifted transformations of linen: `nn.remat` and `nn.jit` change nothing about a model, `nn.scan` over layers calls one class many
 * times with parameters stacked along an axis, over time once a step with the same ones, `nn.vmap` stacks parameters without calls.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar, bind, native } from '../../interpreter/native.ts';
import type { Args, CallSite, ClassValue, NativeCall, NativeFunction, Value } from '../../interpreter/values.ts';
import { args as makeArgs, NONE, tuple, unknown } from '../../interpreter/values.ts';
import { isNumber, type Scalar, type Shape, symbol } from '../../network/scalar.ts';
import { shapeOf } from '../shared/graph.ts';
import { activationsIn } from '../shared/opaque.ts';
import { emit, emitOpaque, tensorData } from '../shared/tensor.ts';
import { type Lifted, liftedOf } from './linen.ts';
import { lastStep } from './linenClasses.ts';
import { LINEN, linenData } from './state.ts';

/** Layers of a scan that are followed. */
const LAYERS = 64;

/** `nn.broadcast`: an argument that is the same for every step. */
export const BROADCAST: Value = unknown('nn.broadcast');

const derive = (base: ClassValue, prefix: string, stacked: Lifted['stacked'], call?: NativeCall): ClassValue => {
  const attrs = new Map<string, Value>(call ? [['__call__', native('__call__', call)]] : []);
  const name = liftedOf(base)?.autoname ?? base.name;
  const meta: Lifted = { ...(base.meta as object | undefined), lifted: true, autoname: `${prefix}${name}`, stacked };
  const cls = { ...base, bases: [base], mro: [] as ClassValue[], attrs, meta };
  cls.mro.push(cls, ...base.mro);
  return cls;
};

const isModuleClass = (value: Value | undefined): value is ClassValue => value?.kind === 'class' && value.mro.includes(LINEN);

/** Applied to a class, or as a decorator with arguments. */
const lifted = (name: string, make: (target: ClassValue, args: Args) => ClassValue): NativeFunction =>
  native(name, (args) => {
    const target = args.positional[0] ?? args.keywords.get('target');
    if (isModuleClass(target)) return make(target, args);
    // `@functools.partial(nn.remat, …)` and `nn.jit(method)`: a function stays what it is.
    if (target) return target;
    return native(name, (inner) => (isModuleClass(inner.positional[0]) ? make(inner.positional[0], args) : (inner.positional[0] ?? NONE)));
  });

const entry = (dict: Value | undefined, key: string): Value | undefined =>
  dict?.kind === 'dict' ? dict.entries.get(`s${key}`)?.value : undefined;

/** Axis at which a lifted transformation stacks the parameters; undefined where they are shared. */
const stackAxis = (args: Args): number | undefined => asNumber(entry(args.keywords.get('variable_axes'), 'params'));

const baseCall = (base: ClassValue, self: Value, args: Args, site: CallSite, interp: Interpreter): Value => {
  const found = base.mro.map((c) => c.attrs.get('__call__')).find((m) => m?.kind === 'function' || m?.kind === 'native');
  if (found?.kind === 'function') return interp.call({ kind: 'bound', fn: found, self }, args, site);
  return found ? interp.call(found, { ...args, positional: [self, ...args.positional] }, site) : unknown('a call', site.span);
};

/** A value without its scanned axis: one step's part. */
const partOf = (value: Value, axis: number, site: CallSite, interp: Interpreter): Value => {
  const x = tensorData(value);
  if (!x) return value;
  const shape = shapeOf(x);
  const at = shape && axis < 0 ? axis + shape.length : axis;
  const rest = shape ? shape.filter((_, i) => i !== at) : null;
  if (x.node === null) return unknown('a part of data', site.span);
  return emit(interp, x.graph, { op: { kind: 'slice', axis: at, start: null, size: 1 }, inputs: [x], label: 'step', shape: rest }, site);
};

const insert = (shape: Shape, axis: number, size: Scalar): Shape => {
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  return [...shape.slice(0, at), size, ...shape.slice(at)];
};

/** Axis of each argument, null where it is broadcast. */
const axisFor = (axes: Value | undefined, i: number): number | null => {
  const one = axes?.kind === 'tuple' || axes?.kind === 'list' ? axes.items[i] : axes;
  if (one === undefined) return 0;
  return one === BROADCAST || one.kind === 'none' || one.kind === 'unknown' ? null : (asNumber(one) ?? null);
};

const scanLayers =
  (base: ClassValue, length: Scalar | undefined, axes: Value | undefined): NativeCall =>
  (args, site, interp) => {
    const [self, first, ...rest] = args.positional;
    if (!self) return unknown('scan without a module', site.span);
    const known = length !== undefined && isNumber(length);
    if (!known || (length as number) > LAYERS) interp.partial('Layers of a scan: their number is not known or large', site.span);
    let carry: Value = first ?? NONE;
    let out: Value = NONE;
    for (let i = 0; i < (known ? Math.min(length as number, LAYERS) : 1); i++) {
      const parts = rest.map((value, j) => {
        const axis = axisFor(axes, j);
        return axis === null ? value : partOf(value, axis, site, interp);
      });
      const result = baseCall(base, self, { ...args, positional: [carry, ...parts] }, site, interp);
      [carry, out] = result.kind === 'tuple' ? [result.items[0] ?? NONE, result.items[1] ?? NONE] : [result, NONE];
    }
    const stacked = tensorData(out);
    const shape = stacked ? shapeOf(stacked) : null;
    if (stacked?.node != null && shape)
      out = emitOpaque(
        interp,
        stacked.graph,
        'scan',
        'what the layers give beside',
        [stacked],
        site,
        insert(shape, 0, length ?? symbol('layers')),
      );
    return tuple([carry, out]);
  };

/** The same parameters at every step of a sequence. */
const scanTime =
  (base: ClassValue, inAxes: Value | undefined, outAxes: Value | undefined): NativeCall =>
  (args, site, interp) => {
    const [self, carry, sequence, ...rest] = args.positional;
    const x = tensorData(sequence);
    const axis = axisFor(inAxes, 0);
    if (!self || !sequence || x?.node == null || axis === null) return unknown('a scan that is not followed', site.span);
    const row = linenData(self)?.row;
    if (row?.cell) {
      const output = baseCall(base, self, makeArgs([sequence], carry ? { initial_carry: carry } : {}), site, interp);
      return tuple([lastStep(output, row.name.includes('LSTM'), axis, site, interp), output]);
    }
    const shape = shapeOf(x);
    const at = shape && axis < 0 ? axis + shape.length : axis;
    const length = shape?.[at];
    const result = baseCall(
      base,
      self,
      { ...args, positional: [carry ?? NONE, partOf(sequence, axis, site, interp), ...rest] },
      site,
      interp,
    );
    const output = result.kind === 'tuple' ? result.items[1] : undefined;
    const last = tensorData(output);
    const stepShape = last ? shapeOf(last) : null;
    const whole = stepShape && length !== undefined ? insert(stepShape, axisFor(outAxes, 0) ?? 0, length) : null;
    const inputs = activationsIn(result);
    const node = (kind: string, from: Shape | null): Value =>
      emitOpaque(interp, x.graph, kind, 'a recurrence that is not followed', inputs.length > 0 ? inputs : [x], site, from);
    const state = result.kind === 'tuple' ? activationsIn(result.items[0]).at(-1) : undefined;
    return tuple([node('carry', state ? shapeOf(state) : null), node('scan', whole)]);
  };

const scan = lifted('scan', (target, args) => {
  const bound = bind(
    'target, variable_axes=None, variable_broadcast=False, variable_carry=False, split_rngs=None, in_axes=0, out_axes=0, length=None, **kwargs',
    args,
  );
  const axis = stackAxis(args);
  const length = asScalar(bound.get('length'));
  if (axis === undefined)
    return derive(target, 'Scan', null, scanTime(target, args.keywords.get('in_axes'), args.keywords.get('out_axes')));
  return derive(target, 'Scan', { axis, size: length ?? symbol('layers') }, scanLayers(target, length, args.keywords.get('in_axes')));
});

const vmapCall =
  (base: ClassValue, size: Scalar, args: Args): NativeCall =>
  (call, site, interp) => {
    const [self, ...rest] = call.positional;
    if (!self) return unknown('vmap without a module', site.span);
    const parts = rest.map((value, i) => {
      const axis = axisFor(args.keywords.get('in_axes'), i);
      return axis === null ? value : partOf(value, axis, site, interp);
    });
    const result = baseCall(base, self, { ...call, positional: parts }, site, interp);
    const x = tensorData(result);
    const shape = x ? shapeOf(x) : null;
    if (x?.node == null) return result;
    const whole = shape ? insert(shape, axisFor(args.keywords.get('out_axes'), 0) ?? 0, size) : null;
    return emit(interp, x.graph, { op: { kind: 'identity' }, inputs: [x], label: 'vmap', shape: whole }, site);
  };

const vmap = lifted('vmap', (target, args) => {
  const axis = stackAxis(args);
  const size = asScalar(args.keywords.get('axis_size')) ?? symbol('members');
  return derive(target, 'Vmap', axis === undefined ? null : { axis, size }, vmapCall(target, size, args));
});

export const LIFTED: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['scan', scan],
  ['vmap', vmap],
  ['remat', lifted('remat', (target) => derive(target, 'Checkpoint', null))],
  ['checkpoint', lifted('checkpoint', (target) => derive(target, 'Checkpoint', null))],
  ['jit', lifted('jit', (target) => derive(target, 'Jit', null))],
  ['broadcast', BROADCAST],
]);
