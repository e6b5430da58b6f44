/** What fills a tensor in place: `normal_`, `fill_`, `copy_`, `mul_`, assignments to `.data` or to a part. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asScalar, bind } from '../../interpreter/native.ts';
import type { CallSite, InstanceValue, NativeCall, Value } from '../../interpreter/values.ts';
import { type Distribution, unknownDistribution } from '../../network/distribution.ts';
import { normalQuantile } from '../../network/normal.ts';
import { isNumber, type Scalar } from '../../network/scalar.ts';
import { bernoulli, combine, replacePart } from '../shared/arithmetic.ts';
import { addNote } from '../shared/notes.ts';
import { draw, markLoaded, rootStorage, transform } from '../shared/storage.ts';
import { elementwise, type TensorData, tensorData } from '../shared/tensor.ts';
import { genericSite, makeInit, torchState } from './state.ts';

/** Draws all of a tensor's values, or the part of them that a view names. */
export const drawInto = (
  interp: Interpreter,
  data: TensorData,
  distribution: Distribution,
  name: string,
  site: CallSite,
  declared?: Parameters<typeof makeInit>[5],
): void => {
  const storage = data.storage;
  if (!storage) return;
  const init = makeInit(interp, distribution, 'call', name, site.span, declared);
  if (storage.isParameter || storage.of) torchState(interp).draws++;
  const asked = init.generic ? genericSite(interp, site) : undefined;
  const root = rootStorage(storage);
  if (asked && root.loadedAt) {
    const message = `\`${name}\` draws values anew that were loaded before`;
    const note = { rule: 'init-overwrites-pretrained', span: asked, message, other: root.loadedAt };
    addNote(interp, torchState(interp).graph, note, { storage: root });
  }
  if (data.share === 1) {
    draw(storage, init, interp);
    return;
  }
  const whole =
    data.share === null ? unknownDistribution('a part was filled') : replacePart(storage.init.distribution, data.share, distribution);
  transform(storage, { ...init, distribution: whole }, interp);
};

/** Values copied from another tensor. */
export const copyInto = (interp: Interpreter, target: TensorData, source: Value | undefined, name: string, site: CallSite): void => {
  const from = tensorData(source);
  const number = asScalar(source);
  const distribution: Distribution = from?.storage
    ? from.storage.init.distribution
    : number !== undefined
      ? { kind: 'constant', value: number }
      : { kind: 'data', what: 'copied from a value that is not known' };
  drawInto(interp, target, distribution, from?.storage ? from.storage.init.name : name, site);
  if (!from?.storage && number === undefined && target.storage) markLoaded(rootStorage(target.storage), interp);
};

interface InPlace {
  readonly signature: string;
  /** Computed from the values that are there, no draw of new ones. */
  readonly changes?: true;
  readonly distribution: (get: (name: string) => ReturnType<typeof asScalar>, data: TensorData) => Distribution | undefined;
}

/** Standard deviations beyond which a normal has no mass to speak of. */
const FAR = 6;

/** erfinv of a uniform draw: a normal of variance 1/2, cut where the uniform ends (how truncated normals are drawn by inversion). */
const erfinvOf = (d: Distribution | undefined): Distribution => {
  if (d?.kind !== 'uniform' || !isNumber(d.low) || !isNumber(d.high) || d.low < -1 || d.high > 1 || d.low >= d.high)
    return unknownDistribution('erfinv');
  const [low, high] = [d.low, d.high].map((end) => normalQuantile((1 + end) / 2)) as [number, number];
  const std = Math.SQRT1_2;
  return low < -FAR && high > FAR
    ? { kind: 'normal', mean: 0, std }
    : { kind: 'truncatedNormal', mean: 0, std, low: Math.max(low, -2 * FAR) * std, high: Math.min(high, 2 * FAR) * std };
};

/** A clamp that no value reaches changes nothing. */
const clampedTo = (d: Distribution | undefined, min: Scalar | undefined, max: Scalar | undefined): Distribution => {
  const clamped = unknownDistribution('clamped');
  const ends =
    d?.kind === 'uniform' || d?.kind === 'truncatedNormal' ? [d.low, d.high] : d?.kind === 'constant' ? [d.value, d.value] : null;
  const [low, high] =
    ends ??
    (d?.kind === 'normal' && isNumber(d.mean) && isNumber(d.std) ? [d.mean - FAR * d.std, d.mean + FAR * d.std] : [undefined, undefined]);
  if (!d || !isNumber(low) || !isNumber(high)) return clamped;
  const slack = 1e-6 * (high - low);
  const inside =
    (min === undefined || (isNumber(min) && min <= low + slack)) && (max === undefined || (isNumber(max) && max >= high - slack));
  return inside ? d : clamped;
};

/** In-place draws: tensor methods that end in an underscore. */
export const DRAWS: Readonly<Record<string, InPlace>> = {
  normal_: {
    signature: 'self, mean=0, std=1, *, generator=None',
    distribution: (get) => {
      const [mean, std] = [get('mean'), get('std')];
      return mean !== undefined && std !== undefined ? { kind: 'normal', mean, std } : undefined;
    },
  },
  uniform_: {
    signature: 'self, from=0, to=1, *, generator=None, a=None, b=None',
    distribution: (get) => {
      const [low, high] = [get('a') ?? get('from'), get('b') ?? get('to')];
      return low !== undefined && high !== undefined ? { kind: 'uniform', low, high } : undefined;
    },
  },
  fill_: {
    signature: 'self, value',
    distribution: (get) => {
      const value = get('value');
      return value !== undefined ? { kind: 'constant', value } : undefined;
    },
  },
  zero_: { signature: 'self', distribution: () => ({ kind: 'constant', value: 0 }) },
  bernoulli_: {
    signature: 'self, p=0.5, *, generator=None',
    distribution: (get) => {
      const keep = get('p');
      return keep === undefined ? undefined : bernoulli(keep);
    },
  },
  exponential_: { signature: 'self, lambd=1', distribution: () => unknownDistribution('exponential draws') },
  cauchy_: { signature: 'self, median=0, sigma=1', distribution: () => unknownDistribution('Cauchy draws') },
  log_normal_: { signature: 'self, mean=1, std=2', distribution: () => unknownDistribution('log-normal draws') },
  random_: { signature: 'self, from=0, to=None', distribution: () => unknownDistribution('integer draws') },
  erfinv_: { signature: 'self', changes: true, distribution: (_, data) => erfinvOf(data.storage?.init.distribution) },
  clamp_: {
    signature: 'self, min=None, max=None',
    changes: true,
    distribution: (get, data) => clampedTo(data.storage?.init.distribution, get('min'), get('max')),
  },
};

/** Replaces the node that an activation stands for: what `x.relu_()` does to x. */
export const rebind = (interp: Interpreter, self: InstanceValue, result: Value): Value => {
  const after = tensorData(result);
  if (!after) return result;
  const before = self.data;
  interp.note(
    () => {
      self.data = after;
    },
    () => {
      self.data = before;
    },
  );
  return self;
};

export const inPlaceDraw =
  (name: string, row: InPlace): NativeCall =>
  (args, site, interp) => {
    const self = args.positional[0] as Value;
    const data = tensorData(self);
    const bound = bind(row.signature, args);
    if (!data?.storage) return self;
    const distribution = row.distribution((key) => asScalar(bound.get(key)), data) ?? unknownDistribution('an argument that is not known');
    if (row.changes) {
      const changed = data.share === 1 ? distribution : unknownDistribution('a part was changed');
      const named = name === 'erfinv_' ? 'trunc_normal_' : data.storage.init.name;
      transform(data.storage, { ...data.storage.init, name: named, distribution: changed }, interp);
    } else drawInto(interp, data, distribution, name, site);
    return self;
  };

export const inPlaceArithmetic =
  (op: '+' | '-' | '*' | '/'): NativeCall =>
  (args, site, interp) => {
    const [self, other] = [args.positional[0] as Value, args.positional[1]];
    const data = tensorData(self);
    if (!data || !other) return self;
    if (data.node !== null) {
      const result = elementwise(interp, op, self, other, site);
      return result && self.kind === 'instance' ? rebind(interp, self, result) : self;
    }
    if (!data.storage) return self;
    const number = asScalar(other);
    const right =
      tensorData(other)?.storage?.init.distribution ?? (number === undefined ? undefined : { kind: 'constant' as const, value: number });
    const whole = right ? combine(op, data.storage.init.distribution, right) : unknownDistribution('an unknown factor');
    transform(
      data.storage,
      { ...data.storage.init, changed: true, distribution: data.share === 1 ? whole : unknownDistribution('a part was changed') },
      interp,
    );
    return self;
  };
