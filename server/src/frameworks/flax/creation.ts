/** Functions that make arrays: `jnp.zeros`, `jnp.arange`, `jax.random.normal`. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar, bind, native } from '../../interpreter/native.ts';
import type { CallSite, NativeFunction, Value } from '../../interpreter/values.ts';
import { unknown } from '../../interpreter/values.ts';
import { type Distribution, unknownDistribution } from '../../network/distribution.ts';
import { type Dim, type Scalar, type Shape, scalarOp, symbol } from '../../network/scalar.ts';
import { bernoulli } from '../shared/arithmetic.ts';
import { shapeOf } from '../shared/graph.ts';
import { newStorage } from '../shared/storage.ts';
import { stored, tensorData, wrap } from '../shared/tensor.ts';
import { sizesOf } from './functionRow.ts';
import { flaxState } from './state.ts';

/** Sizes of a shape argument; null where the rank is not known. */
export const shapeArgument = (value: Value | undefined, name = 'size'): Shape | null =>
  sizesOf(value)?.map((n, i): Dim => {
    const item = value?.kind === 'tuple' || value?.kind === 'list' ? value.items[i] : value;
    return n ?? symbol(item?.kind === 'unknown' && item.symbol ? item.symbol : `${name}${i}?`);
  }) ?? null;

const isInteger = (dtype: Value | undefined): boolean => dtype?.kind === 'native' && /^(u?int|bool)/.test(dtype.name);

/** An array drawn so. */
export const drawn = (
  interp: Interpreter,
  distribution: Distribution,
  shape: Shape | null,
  name: string,
  site: CallSite,
  integer = false,
): Value => {
  const storage = newStorage(interp, {
    shape,
    span: site.span,
    init: { distribution, source: 'call', name, span: site.span, generic: false },
  });
  return wrap(interp, { ...stored(flaxState(interp).graph, storage), integer }, site);
};

const constant = (name: string, signature: string, of: (value: Value | undefined) => Scalar | undefined): NativeFunction =>
  native(name, (args, site, interp) => {
    const bound = bind(signature, args);
    const like = tensorData(bound.get('a'));
    const shape = signature.startsWith('a,') ? (like ? shapeOf(like) : null) : shapeArgument(bound.get('shape'));
    const value = of(bound.get('fill_value'));
    const distribution: Distribution = value === undefined ? unknownDistribution('a value that is not known') : { kind: 'constant', value };
    return drawn(interp, distribution, shape, `jnp.${name}`, site, isInteger(bound.get('dtype')));
  });

/** Values that are no weights: positions, masks. */
const data = (name: string, shape: (values: readonly (Scalar | undefined)[]) => Shape | null, integer: boolean): NativeFunction =>
  native(name, (args, _site, interp) => {
    const { graph } = flaxState(interp);
    return wrap(
      interp,
      { kind: 'tensor', graph, node: null, storage: null, shape: shape(args.positional.map(asScalar)), integer, share: 1 },
      null,
    );
  });

const span = ([first, second]: readonly (Scalar | undefined)[]): Shape | null =>
  first === undefined ? null : [second === undefined ? first : scalarOp('-', second, first)];

/** Masks of attention: their values are not followed. */
const mask = (name: string): NativeFunction => data(name, () => null, false);

export const CREATION: ReadonlyMap<string, NativeFunction> = new Map(
  [
    constant('zeros', 'shape, dtype=None, **kwargs', () => 0),
    constant('ones', 'shape, dtype=None, **kwargs', () => 1),
    constant('empty', 'shape, dtype=None, **kwargs', () => 0),
    constant('full', 'shape, fill_value, dtype=None, **kwargs', asScalar),
    constant('zeros_like', 'a, dtype=None, **kwargs', () => 0),
    constant('ones_like', 'a, dtype=None, **kwargs', () => 1),
    constant('full_like', 'a, fill_value, dtype=None, **kwargs', asScalar),
    data('arange', span, true),
    data('linspace', ([, , n]) => (n === undefined ? null : [n]), false),
    data('tri', ([n, m]) => (n === undefined ? null : [n, m ?? n]), false),
    data('eye', ([n, m]) => (n === undefined ? null : [n, m ?? n]), false),
    mask('make_causal_mask'),
    mask('make_attention_mask'),
    mask('combine_masks'),
  ].map((fn) => [fn.name, fn]),
);

const draw = (name: string, signature: string, names: readonly string[], make: (...values: Scalar[]) => Distribution): NativeFunction =>
  native(name, (args, site, interp) => {
    const bound = bind(signature, args);
    const values = names.map((n) => asScalar(bound.get(n)));
    const known = values.every((v) => v !== undefined);
    const distribution = known ? make(...(values as Scalar[])) : unknownDistribution(`arguments of ${name}`);
    return drawn(interp, distribution, shapeArgument(bound.get('shape')), `jax.random.${name}`, site);
  });

/** A key, or several. */
const key = (name: string): NativeFunction =>
  native(name, (args) => {
    const count = name === 'split' ? (args.positional.length > 1 ? asNumber(args.positional[1]) : 2) : undefined;
    if (name !== 'split') return KEY;
    return count === undefined || count > 256
      ? unknown('keys of unknown number')
      : { kind: 'tuple', items: Array.from({ length: count }, () => KEY) };
  });

/** A random key: which one does not matter. */
export const KEY: Value = unknown('a random key');

export const RANDOM: ReadonlyMap<string, NativeFunction> = new Map(
  [
    draw('normal', 'key, shape=(), dtype=None, **kwargs', [], () => ({ kind: 'normal', mean: 0, std: 1 })),
    // One-sided unless told otherwise.
    draw('uniform', 'key, shape=(), dtype=None, minval=0.0, maxval=1.0, **kwargs', ['minval', 'maxval'], (low = 0, high = 1) => ({
      kind: 'uniform',
      low,
      high,
    })),
    draw('truncated_normal', 'key, lower, upper, shape=(), dtype=None, **kwargs', ['lower', 'upper'], (low = 0, high = 0) => ({
      kind: 'truncatedNormal',
      mean: 0,
      std: 1,
      low,
      high,
    })),
    draw('bernoulli', 'key, p=0.5, shape=(), **kwargs', ['p'], (p = 0.5) => bernoulli(p)),
    native('orthogonal', (args, site, interp) => {
      const bound = bind('key, n, shape=(), dtype=None, **kwargs', args);
      const n = asScalar(bound.get('n'));
      return n === undefined
        ? unknown('its size is not known', site.span)
        : drawn(interp, { kind: 'orthogonal', gain: 1, rows: n, columns: n }, [n, n], 'jax.random.orthogonal', site);
    }),
    data('randint', () => null, true),
    data('categorical', () => null, true),
    ...['PRNGKey', 'key', 'split', 'fold_in', 'clone', 'wrap_key_data'].map(key),
  ].map((fn) => [fn.name, fn]),
);
