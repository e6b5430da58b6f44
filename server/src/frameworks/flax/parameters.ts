/** Initializers as values, and parameters drawn by them: `kernel_init=nn.initializers.he_normal()`, `self.param(name, init, shape)`. */
import type { Interpreter } from '../../interpreter/api.ts';
import { native, nativeClass } from '../../interpreter/native.ts';
import type { Args, CallSite, ClassValue, InstanceValue, NativeFunction, Value } from '../../interpreter/values.ts';
import { int, args as makeArgs, NONE, tuple, unknown } from '../../interpreter/values.ts';
import { type Distribution, unknownDistribution } from '../../network/distribution.ts';
import type { Init, ParameterRole } from '../../network/network.ts';
import type { Shape } from '../../network/scalar.ts';
import type { Span } from '../../text/span.ts';
import { noteVector } from '../shared/notes.ts';
import { newStorage, type Storage } from '../shared/storage.ts';
import { tensorData } from '../shared/tensor.ts';
import { drawn, KEY, shapeArgument } from './creation.ts';
import { drawOf, INITIALIZERS, type Initializer } from './initializers.ts';
import { flaxState } from './state.ts';

interface InitializerData extends Initializer {
  readonly kind: 'initializer';
}

export const initializerOf = (value: Value | undefined): Initializer | undefined => {
  if (value?.kind !== 'instance') return undefined;
  const data = value.data as InitializerData | undefined | null;
  return data && typeof data === 'object' && data.kind === 'initializer' ? data : undefined;
};

/** `init(key, shape, dtype)` gives an array drawn so. */
const INITIALIZER: ClassValue = nativeClass('jax.nn.initializers.Initializer', [], {
  __call__: (args, site, interp) => {
    const initializer = initializerOf(args.positional[0]);
    const shape = shapeArgument(args.positional[2] ?? args.keywords.get('shape'));
    if (!initializer) return unknown('an initializer that is not known', site.span);
    const distribution = shape ? drawOf(initializer, shape) : unknownDistribution('the shape is not known');
    const array = drawn(interp, distribution, shape, initializer.row.name, spanned(args.positional[0] as Value, site));
    const storage = tensorData(array)?.storage;
    if (storage && shape) flaxState(interp).drawn.set(storage, { initializer, shape });
    return array;
  },
});

/** A draw belongs where the initializer is written, if that is inside the call that draws. */
const spanned = (value: Value, site: CallSite): CallSite =>
  value.kind === 'instance' && value.site && contains(site.span, value.site.span) ? value.site : site;

const contains = (outer: Span, inner: Span): boolean =>
  outer.anchor === inner.anchor && outer.start <= inner.start && inner.end <= outer.end;

const instance = (interp: Interpreter, initializer: Initializer, site: CallSite | null): InstanceValue =>
  interp.newInstance(INITIALIZER, { kind: 'initializer', ...initializer } satisfies InitializerData, site);

/** `nn.initializers.zeros` is an initializer itself: a function of (key, shape). */
const direct = new Map<string, Value>();
for (const row of INITIALIZERS)
  if (row.direct)
    direct.set(row.name, {
      kind: 'instance',
      cls: INITIALIZER,
      attrs: new Map(),
      data: { kind: 'initializer', row, args: makeArgs([]) } satisfies InitializerData,
      site: null,
      id: -1,
    });

const factories: ReadonlyMap<string, NativeFunction> = new Map(
  INITIALIZERS.filter((row) => !row.direct).flatMap((row) =>
    [row.name, ...row.aliases].map(
      (name) => [name, native(name, (args, site, interp) => instance(interp, { row, args }, site), 'static')] as const,
    ),
  ),
);

/** A name of `jax.nn.initializers`, `flax.linen.initializers`, `flax.nnx.initializers`. */
export const initializerNamed = (name: string): Value | undefined =>
  name === 'Initializer' ? INITIALIZER : (direct.get(name) ?? factories.get(name));

export interface Drawn {
  readonly distribution: Distribution;
  readonly name: string;
  readonly initializer?: Initializer;
  readonly declared?: Init['declared'];
}

/** A table's initializer over a shape. */
export const drawnBy = (initializer: Initializer, shape: Shape): Drawn => {
  const distribution = drawOf(initializer, shape);
  const { args, row } = initializer;
  const gain =
    distribution.kind === 'orthogonal' && (args.positional.length > 0 || args.keywords.has('scale')) ? distribution.gain : undefined;
  return { distribution, name: row.name, initializer, ...(gain === undefined ? {} : { declared: { gain } }) };
};

const nameOf = (value: Value): string =>
  value.kind === 'function' || value.kind === 'native'
    ? value.name
    : value.kind === 'bound'
      ? value.fn.name
      : value.kind === 'partial'
        ? nameOf(value.fn)
        : 'initializer';

const CALLABLE = new Set(['function', 'native', 'bound', 'partial', 'class']);

/** What an initializer value draws over a shape; `args` are those of the call where they are not a shape alone. */
export const drawFrom = (value: Value, shape: Shape | null, site: CallSite, interp: Interpreter, args?: Args): Drawn => {
  const initializer = initializerOf(value);
  if (initializer && shape) return drawnBy(initializer, shape);
  if (CALLABLE.has(value.kind) || value.kind === 'instance') {
    const call: Args = args ? { ...args, positional: [KEY, ...args.positional] } : makeArgs([KEY, tuple((shape ?? []).map((n) => int(n)))]);
    const result = interp.call(value, call, site);
    const storage = tensorData(result)?.storage;
    return { distribution: storage?.init.distribution ?? unknownDistribution(`${nameOf(value)} is not followed`), name: nameOf(value) };
  }
  return {
    distribution: unknownDistribution(value.kind === 'unknown' ? value.reason : 'the initializer is not known'),
    name: 'initializer',
  };
};

/** The initializer where it is written in the layer's own call, else the argument, else the layer's name. */
export const spanOf = (value: Value, argument: Span | undefined, site: CallSite): Span => {
  if (value.kind === 'instance' && value.site && contains(site.span, value.site.span)) return value.site.span;
  return argument ?? site.nameSpan;
};

export interface ParameterOptions {
  readonly drawn: Drawn;
  /** Shape with the axes that lifted transformations put in front. */
  readonly shape: Shape | null;
  /** Shape that the initializer was asked for. */
  readonly asked: Shape | null;
  readonly role: ParameterRole | null;
  readonly trainable: boolean;
  readonly source: Init['source'];
  readonly span: Span;
  readonly site: CallSite;
}

export const makeParameter = (interp: Interpreter, options: ParameterOptions): Storage => {
  const { drawn: from, site } = options;
  const storage = newStorage(interp, {
    shape: options.shape,
    span: site.span,
    isParameter: true,
    trainable: options.trainable,
    ...(options.role ? { role: options.role } : {}),
    init: {
      distribution: from.distribution,
      source: options.source,
      name: from.name,
      span: options.span,
      generic: false,
      ...(from.declared ? { declared: from.declared } : {}),
    },
  });
  const { asked } = options;
  if (from.initializer?.row.needsMatrix && asked && asked.length < 2)
    noteVector(interp, flaxState(interp).graph, {
      name: from.initializer.row.name,
      storage,
      span: options.span,
      data: options.role ? { role: options.role } : {},
    });
  if (options.asked) flaxState(interp).drawn.set(storage, { initializer: from.initializer, shape: options.asked });
  return storage;
};

/** Wrappers around an initializer that say where its array lives. */
export const PARTITIONING: ReadonlyMap<string, NativeFunction> = new Map(
  ['with_partitioning', 'with_logical_partitioning', 'with_metadata'].map((name) => [
    name,
    native(name, (args) => args.positional[0] ?? args.keywords.get('fn') ?? args.keywords.get('initializer') ?? NONE, 'static'),
  ]),
);
