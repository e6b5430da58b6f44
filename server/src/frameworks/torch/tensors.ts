/** torch.Tensor and nn.Parameter: attributes, operators and methods. */

import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar, bind, native } from '../../interpreter/native.ts';
import type { Args, CallSite, NativeCall, Value } from '../../interpreter/values.ts';
import { bool, FALSE, int, NONE, tuple, unknown } from '../../interpreter/values.ts';
import { type Distribution, unknownDistribution } from '../../network/distribution.ts';
import type { Op } from '../../network/op.ts';
import { type Dim, equalScalar, isNumber, mul, product, type Shape, sub, symbol } from '../../network/scalar.ts';
import { broadcast, outputShape } from '../../network/shapes.ts';
import { affineOf, bernoulli } from '../shared/arithmetic.ts';
import { isStorageOnly } from '../shared/dtypes.ts';
import { shapeOf } from '../shared/graph.ts';
import { getItem, viewAt } from '../shared/indexing.ts';
import { numbers, unary } from '../shared/numbers.ts';
import { activationsIn } from '../shared/opaque.ts';
import { noteResized, partlyResized } from '../shared/resized.ts';
import { noteSameWave, noteWave } from '../shared/rotation.ts';
import { newStorage, rootStorage, setTrainable, transform } from '../shared/storage.ts';
import {
  derived,
  dtypeOf,
  type ElementwiseOperator,
  emitOpaque,
  stored,
  type TensorData,
  tensorData,
  withType,
  wrap,
} from '../shared/tensor.ts';
import { CREATION, typedAs } from './creation.ts';
import { deviceOf, movedTensor, placeBy } from './devices.ts';
import { convertedType, dtypeValue, isFloatingValue } from './dtypes.ts';
import { copyInto, DRAWS, inPlaceArithmetic, inPlaceDraw, rebind } from './filling.ts';
import { applyRow, COMPARISONS, FUNCTIONS, sizeOf } from './functional.ts';
import { converted } from './functionRow.ts';
import { itemOf, knownFlip, knownItem, knownRearranged, knownSplit, knownUnary, knownUnique, listOf } from './known.ts';
import { noteAdded } from './masks.ts';
import { arithmetic } from './operations.ts';
import { standardize } from './standardized.ts';
import { BUFFER, makeInit, PARAMETER, TENSOR, torchState } from './state.ts';
import { padPairs } from './windows.ts';

const operator =
  (op: ElementwiseOperator, swapped: boolean): NativeCall =>
  (args, site, interp) => {
    const [self, other] = args.positional as [Value, Value];
    const result = swapped ? arithmetic(interp, op, other, self, site) : arithmetic(interp, op, self, other, site);
    return result ?? unknown('an operation on tensors', site.span);
  };

/** Where every draw lies on one side of a number: `torch.rand([]) < 0.0` is never so. */
const outside = (name: string, x: TensorData | undefined, limit: Value | undefined): boolean | undefined => {
  const drawn = x?.storage?.init.distribution;
  const number = asNumber(limit);
  if (x?.shape?.length !== 0 || drawn?.kind !== 'uniform' || number === undefined || !isNumber(drawn.low) || !isNumber(drawn.high))
    return undefined;
  const below = drawn.high <= number;
  const above = drawn.low >= number;
  if (name === '__lt__' || name === '__le__') return below ? true : above && name === '__lt__' ? false : undefined;
  if (name === '__gt__' || name === '__ge__') return below ? false : above && name === '__ge__' ? true : undefined;
  return undefined;
};

/** A comparison of data: which it holds for is not known, its shape and type are. */
const comparedData = (args: Args, site: CallSite, interp: Interpreter): Value => {
  const sides = args.positional.map(tensorData).filter((t) => t !== undefined);
  const [base] = sides;
  if (!base?.storage || sides.some((t) => !t.storage || t.storage.isParameter)) return unknown('a comparison of tensors', site.span);
  const made = derived(interp, base, { kind: 'data', what: 'a comparison' }, broadcast(sides.map(shapeOf)), site);
  return wrap(interp, withType(tensorData(made) as TensorData, 'bool'), site);
};

const comparison =
  (name: string): NativeCall =>
  (args, site, interp) => {
    const known = outside(name, tensorData(args.positional[0]), args.positional[1]);
    if (known !== undefined) return bool(known);
    const inputs = activationsIn(tuple(args.positional));
    const graph = inputs[0]?.graph;
    if (!graph) return comparedData(args, site, interp);
    return emitOpaque(
      interp,
      graph,
      'compare',
      'a comparison',
      inputs,
      site,
      broadcast(activationsIn(tuple(args.positional)).map(shapeOf)),
      'bool',
    );
  };

/** Rows that only rearrange: on data they give a view of the same storage. */
const REARRANGE = new Set([
  'view',
  'reshape',
  'flatten',
  'permute',
  'transpose',
  't',
  'squeeze',
  'unsqueeze',
  'ravel',
  'unflatten',
  'swapaxes',
]);
const SAME = new Set([
  'contiguous',
  'to',
  'float',
  'half',
  'double',
  'bfloat16',
  'type',
  'type_as',
  'cuda',
  'cpu',
  'detach',
  'requires_grad_',
  'pin_memory',
]);
const STANDARDIZES = new Set(['batch_norm', 'instance_norm', 'layer_norm', 'group_norm']);
const SPREAD = new Set(['expand', 'repeat', 'expand_as', 'tile', 'broadcast_to', 'flip', 'roll', 'repeat_interleave']);

/** Conversions that change values. */
const WHOLE = new Set(['bool', 'long', 'int', 'short']);
/** Rows that cut into parts: of data the parts are views. */
const SPLITS = new Set(['split', 'split_with_sizes', 'chunk', 'tensor_split', 'unbind']);
/** Rows that say nothing of data but its shape. */
const REDUCES = new Set(['mean', 'nanmean', 'sum', 'amax', 'pad', 'softmax', 'log_softmax', 'movedim', 'moveaxis']);

/** ⌊u⌋ of a uniform draw as wide as one: ones and zeros. */
const flooredDraws = (drawn: Distribution): Distribution | undefined => {
  if (drawn.kind !== 'uniform') return undefined;
  const width = sub(drawn.high, drawn.low);
  return equalScalar(width, 1) || (isNumber(width) && Math.abs(width - 1) < 1e-9) ? bernoulli(drawn.low) : undefined;
};

/** What gives more than one tensor, where the values are known. */
const KNOWN: Readonly<Record<string, typeof knownUnary>> = { unique: knownUnique, split: knownSplit };

/** Functions whose result holds the values that they are given, in another order or several times. */
const KEEPS = new Set(['clone', ...SPREAD]);

/** A function on data or parameters; a cosine or sine is known for what it is. */
const onData = (name: string, data: TensorData, args: Args, site: CallSite, interp: Interpreter): Value => {
  const made = ofData(name, data, args, site, interp);
  if (KEEPS.has(name)) noteSameWave([data], made);
  else if (name === 'interpolate') noteResized(data, made);
  else noteWave(name, data, made);
  return made;
};

const ofData = (name: string, data: TensorData, args: Args, site: CallSite, interp: Interpreter): Value => {
  const self = args.positional[0] as Value;
  const row = FUNCTIONS[name];
  if (!data.storage) return unknown(`${name} of data`, site.span);
  const known = (KNOWN[name] ?? knownUnary)(interp, args, data, site, name);
  if (known) return known;
  if (row && STANDARDIZES.has(name)) {
    const result = standardize(interp, row.signature, args, data, site);
    if (result) return result;
  }
  if (name === 'view_as' || name === 'reshape_as') {
    const like = tensorData(args.positional[1]);
    return wrap(interp, { ...data, shape: like ? (shapeOf(like) ?? null) : null }, site);
  }
  if (SAME.has(name)) {
    const off = args.positional[1];
    if (name === 'requires_grad_') setTrainable(rootStorage(data.storage), !(off?.kind === 'bool' && !off.value), interp);
    const dtype = convertedType(name, args);
    const typed = withType(data, dtype === undefined ? dtypeOf(data) : dtype);
    return movedTensor(name, args, typed === data ? self : wrap(interp, typed, site), interp, () => wrap(interp, typed, site));
  }
  if (name === 'pad' && padPairs(args.positional[1])?.every((pair) => pair.every((n) => n === 0))) return self;
  if (name === 'clone') return derived(interp, data, data.storage.init.distribution, data.shape, site);
  if (row && REARRANGE.has(name)) {
    const outcome = row.run({ interp, site, name, x: data, bound: bind(row.signature, args), args });
    const op = outcome && outcome.kind !== 'value' ? outcome : undefined;
    const shape = op && data.shape ? safeShape(op, [data.shape]) : null;
    return knownRearranged(interp, name, op, shape, data, site) ?? wrap(interp, { ...data, shape }, site);
  }
  if (SPREAD.has(name)) {
    const items = args.positional.slice(1);
    const given = items[0];
    const sizes = items.length === 1 && (given?.kind === 'tuple' || given?.kind === 'list') ? given.items : items;
    if (name === 'flip') {
      const dims = args.keywords.get('dims');
      const axes = dims?.kind === 'tuple' || dims?.kind === 'list' ? dims.items : dims ? [dims] : sizes;
      const turned = knownFlip(interp, axes, data, site);
      if (turned) return turned;
    }
    const shape = spread(
      name,
      data.shape,
      sizes.map((v, i) => asScalar(v) ?? symbol(`size${i}?`)),
    );
    // Of these `expand` alone shows the same memory.
    const view = name.startsWith('expand') || name === 'broadcast_to' || data.share !== 1;
    return view ? wrap(interp, { ...data, shape }, site) : derived(interp, data, data.storage.init.distribution, shape, site);
  }
  if (row && SPLITS.has(name)) {
    const outcome = row.run({ interp, site, name, x: data, bound: bind(row.signature, args), args });
    if (outcome?.kind === 'value') return outcome.value;
  }
  const floored = name === 'floor' ? flooredDraws(data.storage.init.distribution) : undefined;
  if (floored) {
    const init = { ...data.storage.init, name: 'bernoulli_', distribution: floored };
    const storage = newStorage(interp, { shape: data.storage.shape, init, span: data.storage.span, fresh: true });
    return wrap(interp, stored(data.graph, storage, data.shape), site);
  }
  const whole = WHOLE.has(name) ? convertedType(name, args) : undefined;
  if (whole) {
    const made = derived(interp, data, { kind: 'data', what: name }, data.shape, site);
    return wrap(interp, withType(tensorData(made) as TensorData, whole), site);
  }
  const constant = data.storage.init.distribution;
  const one = constant.kind === 'constant' && isNumber(constant.value) ? numbers([], [constant.value], false) : undefined;
  const image = one && data.share === 1 && args.positional.length === 1 ? unary(name, one)?.values[0] : undefined;
  if (image !== undefined && row?.sameShape) return derived(interp, data, { kind: 'constant', value: image }, data.shape, site);
  if (name === 'neg') return derived(interp, data, affineOf(constant, -1), data.shape, site);
  const distribution: Distribution =
    constant.kind === 'data' || !data.storage.isParameter ? { kind: 'data', what: name } : unknownDistribution(`${name} of the parameter`);
  const reduces = row && REDUCES.has(name) && data.shape !== null;
  const outcome = reduces ? row.run({ interp, site, name, x: data, bound: bind(row.signature, args), args }) : undefined;
  const reduced = outcome && outcome.kind !== 'value' && data.shape ? safeShape(outcome, [data.shape]) : null;
  return derived(interp, data, distribution, row?.sameShape ? data.shape : reduced, site);
};

/** Shape after `expand` (−1 keeps an axis), `repeat` or a rearrangement that keeps it. */
const spread = (name: string, shape: Shape | null, sizes: readonly Dim[]): Shape | null => {
  if (!shape) return null;
  if (name === 'flip' || name === 'roll') return shape;
  if (name === 'expand_as' || name === 'repeat_interleave' || sizes.length < shape.length) return null;
  const offset = sizes.length - shape.length;
  if (name === 'repeat' || name === 'tile') return sizes.map((n, i) => mul(n, shape[i - offset] ?? 1));
  return sizes.map((n, i) => (n === -1 ? (shape[i - offset] ?? 1) : n));
};

const safeShape = (op: Op, shapes: readonly (Shape | null)[]): Shape | null => {
  try {
    return outputShape(op, shapes);
  } catch {
    return null;
  }
};

/** Data computed from several tensors: joined along an axis, or elementwise. */
const ofSeveral = (name: string, args: Args, base: TensorData, site: CallSite, interp: Interpreter): Value => {
  const row = FUNCTIONS[name];
  const first = args.positional[0] ?? args.keywords.get('tensors');
  const listed = first?.kind === 'list' || first?.kind === 'tuple' ? (first.kind === 'list' && first.open ? [] : first.items) : undefined;
  const items = (listed ?? [...args.positional, ...args.keywords.values()]).map(tensorData);
  const shapes = items.filter((t) => t !== undefined).map(shapeOf);
  const axis = asNumber(bind(row?.signature ?? 'input', args).get('dim'));
  const all = listed !== undefined && items.length > 0 && shapes.length === items.length;
  const joined = JOINS.has(name) && all && axis !== undefined ? safeShape({ kind: 'concat', axis }, shapes) : null;
  const shape = listed ? joined : row?.sameShape || name === 'where' ? broadcast(shapes) : null;
  const values = items.map((t) => t?.storage?.init.distribution);
  const [value] = values;
  const same = value?.kind === 'constant' && values.every((v) => v?.kind === 'constant' && equalScalar(v.value, value.value));
  const made = derived(interp, base, JOINS.has(name) && all && same ? value : { kind: 'data', what: name }, shape, site);
  if (listed && (JOINS.has(name) || name === 'stack')) noteSameWave(items, made);
  const resized = JOINS.has(name) && all ? partlyResized(items) : undefined;
  if (resized) noteResized(resized, made);
  return made;
};

const JOINS: ReadonlySet<string> = new Set(['cat', 'concat', 'concatenate', 'hstack', 'vstack']);

/** A function of `torch`, `torch.nn.functional` or a method of that name. */
export const runFunction = (name: string, args: Args, site: CallSite, interp: Interpreter): Value => {
  const first = args.positional[0] ?? args.keywords.get('input');
  const row = FUNCTIONS[name];
  const all = [...args.positional, ...args.keywords.values()];
  const active = activationsIn(tuple(all));
  if (row && active.length > 0) {
    const given =
      args.positional.length === 0 && first
        ? { ...args, positional: [first], keywords: new Map([...args.keywords].filter(([k]) => k !== 'input')) }
        : args;
    return applyRow(name, row, given, site, interp);
  }
  if (COMPARISONS.includes(name)) return comparedData({ ...args, positional: all }, site, interp);
  const data = tensorData(first);
  const second = args.positional[1] ?? args.keywords.get('other') ?? args.keywords.get('exponent');
  if (BINARY[name] && second && (data || tensorData(second)))
    return arithmetic(interp, BINARY[name], first as Value, second, site) ?? unknown(name, site.span);
  const chosen = name === 'where' ? all.find((v) => tensorData(v)?.storage) : undefined;
  if (chosen) {
    const made = ofSeveral(name, args, tensorData(chosen) as TensorData, site, interp);
    noteAdded(args, made);
    return made;
  }
  if (data) return onData(name, data, { ...args, positional: [first as Value, ...args.positional.slice(1)] }, site, interp);
  const among = all.flatMap((v) => (v.kind === 'list' || v.kind === 'tuple' ? v.items : [v])).find((v) => tensorData(v)?.storage);
  if (among) return ofSeveral(name, args, tensorData(among) as TensorData, site, interp);
  return unknown(`${name} of data that is not known`, site.span);
};

const BINARY: Readonly<Record<string, ElementwiseOperator>> = {
  add: '+',
  sub: '-',
  subtract: '-',
  mul: '*',
  multiply: '*',
  div: '/',
  divide: '/',
  true_divide: '/',
  matmul: '@',
  mm: '@',
  pow: '**',
  floor_divide: '//',
  remainder: '%',
  mv: '@',
  bmm: '@',
};

/** `w.log_()`: the values of a parameter or of data are what the function makes of them. */
const changeData = (name: string, data: TensorData, args: Args, site: CallSite, interp: Interpreter): Value => {
  const self = args.positional[0] as Value;
  const { storage } = data;
  if (!storage || FUNCTIONS[name]?.run === converted || [REARRANGE, SAME, SPREAD, SPLITS].some((names) => names.has(name))) return self;
  const image = tensorData(runFunction(name, args, site, interp))?.storage?.init.distribution;
  const distribution = data.share === 1 && image ? image : unknownDistribution('a part was changed');
  transform(storage, { ...storage.init, distribution }, interp);
  return self;
};

const property = (name: string, read: (data: TensorData, self: Value, interp: Interpreter) => Value): void => {
  TENSOR.attrs.set(
    name,
    native(
      name,
      (args, _, interp) => {
        const data = tensorData(args.positional[0]);
        return data ? read(data, args.positional[0] as Value, interp) : unknown(`${name} of a tensor that is not known`);
      },
      'property',
    ),
  );
};

const method = (name: string, call: NativeCall): void => {
  TENSOR.attrs.set(name, native(name, call));
};

const withData =
  (run: (data: TensorData, self: Value, args: Args, site: CallSite, interp: Interpreter) => Value): NativeCall =>
  (args, site, interp) => {
    const self = args.positional[0] as Value;
    const data = tensorData(self);
    return data ? run(data, self, args, site, interp) : unknown('a tensor that is not known', site.span);
  };

for (const name of Object.keys(FUNCTIONS)) {
  method(name, (args, site, interp) => runFunction(name, args, site, interp));
  // `x.relu_()`: the same, and x is the result from then on.
  if (!name.endsWith('_'))
    method(`${name}_`, (args, site, interp) => {
      const self = args.positional[0] as Value;
      const data = tensorData(self);
      if (!data) return self;
      if (data.node === null) return changeData(name, data, args, site, interp);
      const result = runFunction(name, args, site, interp);
      return self.kind === 'instance' ? rebind(interp, self, result) : result;
    });
}
for (const [name, row] of Object.entries(DRAWS)) {
  const fill = inPlaceDraw(name, row);
  method(name, (args, site, interp) => {
    const self = args.positional[0] as Value;
    // On an activation only `clamp_` is an operation of the network.
    if (name !== 'clamp_' || tensorData(self)?.node == null || self.kind !== 'instance') return fill(args, site, interp);
    return rebind(interp, self, runFunction('clamp', args, site, interp));
  });
}
// `(keep_prob + torch.rand(…)).floor_()`: Bernoulli draws.
method('floor_', (args, _, interp) => {
  const storage = tensorData(args.positional[0])?.storage;
  const drawn = storage && flooredDraws(storage.init.distribution);
  if (storage && drawn) transform(storage, { ...storage.init, name: 'bernoulli_', distribution: drawn }, interp);
  return args.positional[0] ?? NONE;
});
for (const [name, op] of [
  ['add', '+'],
  ['sub', '-'],
  ['mul', '*'],
  ['div', '/'],
] as const) {
  method(`${name}_`, inPlaceArithmetic(op));
}
for (const [name, op] of [
  ['add', '+'],
  ['sub', '-'],
  ['mul', '*'],
  ['truediv', '/'],
  ['matmul', '@'],
  ['floordiv', '//'],
  ['mod', '%'],
] as const) {
  method(`__${name}__`, operator(op, false));
  method(`__r${name}__`, operator(op, true));
}
method('__pow__', (args, site, interp) => {
  const data = tensorData(args.positional[0]);
  if (data?.node != null) return runFunction('pow', args, site, interp);
  return operator('**', false)(args, site, interp);
});
method('__rpow__', operator('**', true));
method('__neg__', (args, site, interp) => runFunction('neg', args, site, interp));
for (const name of ['__eq__', '__ne__', '__lt__', '__le__', '__gt__', '__ge__', '__and__', '__or__', '__invert__'])
  method(name, comparison(name));
method('__bool__', () => unknown('the truth of a tensor'));
method(
  '__getitem__',
  withData(
    (data, self, args, site, interp) =>
      knownItem(interp, data, args.positional[1], site) ?? getItem(interp, data, self, args.positional[1] ?? NONE, site),
  ),
);
method(
  '__setitem__',
  withData((data, self, args, site, interp) => {
    const [, index, value] = args.positional;
    if (data.storage) copyInto(interp, viewAt(data, index ?? NONE), value, 'assignment', site);
    else if (self.kind === 'instance') {
      const inputs = [data, ...activationsIn(value)];
      rebind(interp, self, emitOpaque(interp, data.graph, 'setitem', 'a part was assigned', inputs, site, shapeOf(data)));
    }
    return NONE;
  }),
);
method(
  'copy_',
  withData((data, self, args, site, interp) => {
    copyInto(interp, data, args.positional[1], 'copy_', site);
    return self;
  }),
);
method(
  'set_',
  withData((data, self, args, site, interp) => {
    copyInto(interp, data, args.positional[1], 'set_', site);
    return self;
  }),
);
method(
  'size',
  withData((data, _, args) => sizeOf(shapeOf(data), args.positional[1] ?? args.keywords.get('dim'))),
);
const rank = (data: TensorData): Value => {
  const shape = shapeOf(data) ?? data.storage?.shape;
  return shape ? int(shape.length) : unknown('the rank is not known');
};
for (const name of ['dim', 'ndimension']) method(name, withData(rank));
const count = (data: TensorData): Value => {
  const shape = shapeOf(data);
  return shape ? int(product(shape)) : unknown('the size is not known');
};
for (const name of ['numel', 'nelement']) method(name, withData(count));
method(
  '__len__',
  withData((data) => {
    const first = shapeOf(data)?.[0];
    return first === undefined ? unknown('the size is not known') : int(first);
  }),
);
method(
  '__iter__',
  withData((data, self, args, site, interp) => {
    const first = shapeOf(data)?.[0];
    if (!isNumber(first ?? null) || (first as number) > 64) return unknown('a tensor of unknown length');
    return tuple(
      Array.from(
        { length: first as number },
        (_, i) =>
          knownItem(interp, data, int(i), site) ??
          getItem(interp, data, self, int(i), { ...site, argSpans: args.open ? new Map() : site.argSpans }),
      ),
    );
  }),
);
for (const name of ['item', '__int__', '__float__'])
  method(
    name,
    withData((data) => itemOf(data) ?? unknown('a value known at run time only')),
  );
method(
  'tolist',
  withData((data) => listOf(data) ?? unknown('values known at run time only')),
);
method('numpy', (args) => args.positional[0] as Value);
method('backward', () => NONE);
method('is_floating_point', (args) => isFloatingValue(args.positional[0]));
method('is_contiguous', () => bool(true));
method('stride', () => unknown('strides'));
for (const name of ['new_zeros', 'new_ones', 'new_empty', 'new_full', 'new', 'new_tensor'])
  method(name, (args, site, interp) => {
    const creation = CREATION[name === 'new' ? 'Tensor' : name.slice('new_'.length)];
    return creation
      ? placeBy(args, typedAs(args, creation.call({ ...args, positional: args.positional.slice(1) }, site, interp)), args.positional[0])
      : unknown(`${name} of a tensor`, site.span);
  });
property('shape', (data) => sizeOf(shapeOf(data), undefined));
property('ndim', rank);
property('T', (data, self, interp) =>
  runFunction(
    't',
    { positional: [self], keywords: new Map(), open: false },
    { span: data.storage?.span ?? NOWHERE.span, nameSpan: NOWHERE.span, argSpans: new Map() },
    interp,
  ),
);
property('mT', (data, self, interp) =>
  runFunction(
    't',
    { positional: [self], keywords: new Map(), open: false },
    { span: data.storage?.span ?? NOWHERE.span, nameSpan: NOWHERE.span, argSpans: new Map() },
    interp,
  ),
);
property('data', (_, self) => self);
property('grad', () => NONE);
property('requires_grad', (data) =>
  data.storage ? bool(rootStorage(data.storage).trainable && rootStorage(data.storage).isParameter) : bool(true),
);
property('device', (_, self, interp) => deviceOf(self, interp));
property('dtype', (data) => dtypeValue(dtypeOf(data)));
property('is_cuda', () => FALSE);
property('is_quantized', () => FALSE);
property('is_sparse', () => FALSE);
property('is_nested', () => FALSE);
property('is_meta', () => FALSE);
property('real', (_, self) => self);

const NOWHERE: CallSite = {
  span: { anchor: { file: '', offset: 0 }, start: 0, end: 0 },
  nameSpan: { anchor: { file: '', offset: 0 }, start: 0, end: 0 },
  argSpans: new Map(),
};

method('__setattr__', (args, site, interp) => {
  const [self, name, value] = args.positional;
  const data = tensorData(self);
  const key = name?.kind === 'string' ? name.value : '';
  if (key === 'data' && data?.storage) copyInto(interp, data, value, 'assignment', site);
  else if (key === 'requires_grad' && data?.storage)
    setTrainable(rootStorage(data.storage), !(value?.kind === 'bool' && !value.value), interp);
  else if (self?.kind === 'instance' && value) interp.storeAttr(self, key, value);
  return NONE;
});

/** `nn.Parameter(data)`: the data's storage becomes a parameter. */
const makeParameter =
  (cls: typeof PARAMETER, isParameter: boolean): NativeCall =>
  (args, site, interp) => {
    const bound = bind('cls, data=None, requires_grad=True', args);
    const data = tensorData(bound.get('data'));
    const grad = bound.get('requires_grad');
    const dtype = data ? dtypeOf(data) : null;
    const { graph } = torchState(interp);
    const source = data?.storage;
    const distribution: Distribution = source
      ? source.init.distribution
      : { kind: 'unknown', reason: 'made from a value that is not known' };
    const init = source
      ? { ...source.init, span: source.init.span }
      : makeInit(
          interp,
          data ? distribution : !bound.has('data') ? { kind: 'uninitialized' } : distribution,
          'call',
          'nn.Parameter',
          site.span,
        );
    const storage = newStorage(interp, {
      shape: data?.shape ?? source?.shape ?? null,
      init,
      span: site.span,
      isParameter,
      trainable: isParameter && !(grad?.kind === 'bool' && !grad.value) && (dtype === null || !isStorageOnly(dtype)),
      fresh: source?.fresh ?? true,
      ...(source?.role ? { role: source.role } : {}),
    });
    return interp.newInstance(cls, withType(stored(graph, storage), dtype), site);
  };
PARAMETER.attrs.set('__new__', native('Parameter', makeParameter(PARAMETER, true), 'static'));
BUFFER.attrs.set('__new__', native('Buffer', makeParameter(BUFFER, false), 'static'));
