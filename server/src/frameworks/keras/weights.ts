/** Weights of layers: which initializer an argument means, what it draws, and where a diagnostic about it belongs. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asString, bind } from '../../interpreter/native.ts';
import type { Args, CallSite, InstanceValue, Value } from '../../interpreter/values.ts';
import { int, args as makeArgs, NO_ARGS, tuple } from '../../interpreter/values.ts';
import { type Distribution, ONES, unknownDistribution } from '../../network/distribution.ts';
import type { Init } from '../../network/network.ts';
import type { Dim, Shape } from '../../network/scalar.ts';
import { equalScalar } from '../../network/scalar.ts';
import type { Span } from '../../text/span.ts';
import { replacePart } from '../shared/arithmetic.ts';
import { addNote, noteVector } from '../shared/notes.ts';
import { newStorage, type Storage } from '../shared/storage.ts';
import { tensorData } from '../shared/tensor.ts';
import type { Dialect } from './dialect.ts';
import { drawOf, type Fans, type InitializerRow, type Quirk } from './initializers.ts';
import type { Weight } from './layers/row.ts';
import { kerasState, type LayerData } from './state.ts';

/** Payload of an instance of an initializer class. */
export interface InitializerData {
  readonly kind: 'initializer';
  readonly row: InitializerRow;
  readonly args: Args;
  /** Defaults of TensorFlow 1 where it is open which version is meant and the other one's differ. */
  readonly first?: ReadonlyMap<string, Value>;
}

/** Arguments by the version that the program turns out to be written for; undefined where nothing tells. */
const argumentsOf = ({ args, first }: InitializerData, inLayer: boolean, interp: Interpreter): Args | undefined => {
  if (!first) return args;
  const { usesGraphs, layers } = kerasState(interp);
  if (usesGraphs) return { ...args, keywords: new Map([...args.keywords, ...first]) };
  const isLayers = inLayer || interp.stack.some(({ self }) => self?.kind === 'instance' && layers.has(self.id));
  return isLayers ? args : undefined;
};

export const initializerData = (value: Value | undefined): InitializerData | undefined => {
  if (value?.kind !== 'instance') return undefined;
  const data = value.data as InitializerData | undefined | null;
  return data && typeof data === 'object' && data.kind === 'initializer' ? data : undefined;
};

interface Drawn {
  readonly distribution: Distribution;
  readonly name: string;
  readonly declared?: Init['declared'];
  /** A string that the framework does not know. */
  readonly rejected?: boolean;
  /** An argument that does not mean what it says. */
  readonly quirk?: Quirk;
  /** It raises on this shape. */
  readonly raises?: true;
}

const isDict = (value: Value): value is Extract<Value, { kind: 'dict' }> => value.kind === 'dict';

/** `{'class_name': 'VarianceScaling', 'config': {…}}` as row and arguments. */
const fromConfig = (value: Value, dialect: Dialect): { readonly row: InitializerRow; readonly args: Args } | undefined => {
  if (!isDict(value)) return undefined;
  const row = dialect.initializerRow(asString((value.entries.get('sclass_name') ?? value.entries.get('sclassName'))?.value) ?? '');
  if (!row) return undefined;
  const config = value.entries.get('sconfig')?.value;
  const keywords = new Map<string, Value>();
  if (config && isDict(config))
    for (const { key, value: v } of config.entries.values()) if (key.kind === 'string') keywords.set(key.value, v);
  return { row, args: { positional: [], keywords, open: false } };
};

const drawnBy = (row: InitializerRow, args: Args, shape: Shape, fans: Fans): Drawn => {
  const distribution = drawOf(row, args, shape, fans);
  const quirk = row.quirk?.(bind(row.signature, args));
  const gain =
    distribution.kind === 'orthogonal' && (args.positional.length > 0 || args.keywords.has('gain')) ? distribution.gain : undefined;
  return {
    distribution,
    name: row.name,
    ...(gain === undefined ? {} : { declared: { gain } }),
    ...(quirk === undefined ? {} : { quirk }),
    ...(row.needsMatrix && shape.length < 2 ? { raises: true } : {}),
  };
};

/** What an initializer value draws over a shape; `inLayer`: as an argument of a layer. */
export const drawFrom = (value: Value, shape: Shape, fans: Fans, site: CallSite, interp: Interpreter, inLayer = true): Drawn => {
  const { dialect } = kerasState(interp);
  if (value.kind === 'string') {
    const row = dialect.initializerOfString(value.value);
    if (row) return { ...drawnBy(row, NO_ARGS, shape, fans), name: value.value };
    const known = dialect.initializerRow(value.value) !== undefined;
    return {
      distribution: unknownDistribution(`'${value.value}' is no initializer of ${dialect.title}`),
      name: value.value,
      rejected: !known && !value.symbolic && !kerasState(interp).customObjects,
    };
  }
  const data = initializerData(value);
  if (data) {
    const args = argumentsOf(data, inLayer, interp);
    if (args) return drawnBy(data.row, args, shape, fans);
    return { distribution: unknownDistribution('a default that TensorFlow 1 and 2 have differently'), name: data.row.name };
  }
  const config = fromConfig(value, dialect);
  if (config) return drawnBy(config.row, config.args, shape, fans);
  if (value.kind === 'class' && value.meta && isRow(value.meta)) return drawnBy(value.meta, NO_ARGS, shape, fans);
  if (
    value.kind === 'function' ||
    value.kind === 'native' ||
    value.kind === 'partial' ||
    value.kind === 'bound' ||
    value.kind === 'instance'
  )
    return drawnByCall(value, shape, site, interp);
  return {
    distribution: unknownDistribution(value.kind === 'unknown' ? value.reason : 'the initializer is not known'),
    name: 'initializer',
  };
};

const isRow = (meta: object): meta is InitializerRow => 'draw' in meta && 'aliases' in meta;

/** A function `(shape, dtype) → tensor`, or an instance of an Initializer class of the analysed source. */
const drawnByCall = (value: Value, shape: Shape, site: CallSite, interp: Interpreter): Drawn => {
  const name =
    value.kind === 'instance' ? value.cls.name : value.kind === 'function' || value.kind === 'native' ? value.name : 'initializer';
  const result = interp.call(value, makeArgs([tuple(shape.map((size) => int(size)))]), site);
  const storage = tensorData(result)?.storage;
  return { distribution: storage?.init.distribution ?? unknownDistribution(`${name} is not followed`), name };
};

const contains = (outer: Span, inner: Span): boolean =>
  outer.anchor === inner.anchor && outer.start <= inner.start && inner.end <= outer.end;

/** The initializer object where it is written in the layer's own call, else the argument, else the layer's name. */
const spanOf = (value: Value, argument: Span | undefined, site: CallSite): Span => {
  if (value.kind === 'instance' && value.site && contains(site.span, value.site.span)) return value.site.span;
  return argument ?? site.nameSpan;
};

const RANDOM = new Set(['uniform', 'normal', 'truncatedNormal', 'varianceScaling', 'orthogonal']);

const sameShape = (a: Storage['shape'], b: Storage['shape']): boolean =>
  a !== null && b !== null && a.length === b.length && a.every((d, i) => d !== null && b[i] != null && equalScalar(d, b[i]));

/** What two initializers share that draw the same values: the instance, or its class and seed. */
const streamOf = (value: InstanceValue, { args, row }: InitializerData): InstanceValue | string => {
  const seed = bind(row.signature, args).get('seed');
  return seed?.kind === 'number' && typeof seed.value === 'number' ? `${row.name} ${seed.value}` : value;
};

/**
 * Keras draws the same values each time that one initializer instance is asked, whose seed is fixed when it is made; so does every other
 * instance with that seed. TensorFlow 1 counts the ops into its seeds.
 */
const noteSharing = (value: Value, storage: Storage, interp: Interpreter): void => {
  const initializer = initializerData(value);
  if (!initializer || value.kind !== 'instance' || !RANDOM.has(storage.init.distribution.kind)) return;
  const state = kerasState(interp);
  const stream = streamOf(value, initializer);
  if (state.usesGraphs || initializer.first || (state.dialect.repeatsDraws === 'seeded' && typeof stream !== 'string')) return;
  const uses = state.uses.get(stream) ?? [];
  const same = uses.find((other) => sameShape(other.shape, storage.shape));
  if (same) {
    const one = typeof stream === 'string' ? `One seed of ${stream.replace(' ', ' (')})` : `One ${initializer.row.name} instance`;
    const key = typeof stream === 'string' ? stream : `#${value.id}`;
    const message = `${one} draws the same values for every weight of shape ${(storage.shape ?? []).map((d) => sizeText(d)).join('×')}`;
    addNote(
      interp,
      state.graph,
      {
        rule: 'shared-initializer',
        span: storage.init.span,
        message,
        data: { key, first: same.id, seeded: typeof stream === 'string' },
        ...(value.site ? { other: value.site.span } : {}),
      },
      { storage, init: storage.init },
    );
  }
  state.uses.set(stream, [...uses, storage]);
};

const sizeText = (size: Dim | null): string => (typeof size === 'number' ? String(size) : size === null ? '?' : size.text);

export interface WeightRequest {
  readonly owner: InstanceValue;
  readonly data: LayerData;
  readonly site: CallSite;
  readonly weight: Weight;
  /** Initializer given, if one was, and where. */
  readonly given: Value | undefined;
  readonly argument: Span | undefined;
  /** Path of the owner. */
  readonly path: string;
}

export const makeWeight = (request: WeightRequest, interp: Interpreter): Storage => {
  const { owner, data, site, weight, given, argument, path } = request;
  const state = kerasState(interp);
  const fans = weight.fans ?? state.dialect.computeFans(weight.shape);
  const explicit = given !== undefined && given.kind !== 'none';
  const value: Value = explicit ? given : { kind: 'string', value: weight.fallback };
  const drawn = drawFrom(value, weight.shape, fans, site, interp);
  const distribution = weight.forgetShare === undefined ? drawn.distribution : replacePart(drawn.distribution, weight.forgetShare, ONES);
  const span = explicit ? spanOf(given, argument, site) : site.nameSpan;
  const storage = newStorage(interp, {
    shape: weight.shape,
    span: site.span,
    isParameter: true,
    trainable: (weight.trainable ?? true) && data.trainable,
    role: weight.role,
    init: {
      distribution,
      source: explicit ? 'argument' : 'default',
      name: drawn.name,
      span,
      generic: false,
      ...(drawn.declared ? { declared: drawn.declared } : {}),
    },
  });
  storage.loaded = data.loaded;
  if (weight.fans) state.fans.set(storage, weight.fans);
  state.owners.set(storage, { path, owner, name: weight.name });
  if (drawn.rejected) {
    const to = state.dialect.nearestInitializer(drawn.name);
    const message = `${state.dialect.title} knows no initializer '${drawn.name}' and raises`;
    const data = { from: drawn.name, ...(to === undefined ? {} : { to }) };
    if (interp.trying === 0) addNote(interp, state.graph, { rule: 'unknown-initializer', span, message, data }, { storage });
  }
  if (drawn.raises) noteVector(interp, state.graph, { name: drawn.name, storage, span, data: { role: weight.role } });
  if (drawn.quirk) {
    const { message, argument, instead } = drawn.quirk;
    const call = given?.kind === 'instance' && given.site ? given.site.span : span;
    addNote(interp, state.graph, { rule: 'falsy-zero', span: call, message, data: { argument, instead } }, { storage });
  }
  if (explicit) noteSharing(given, storage, interp);
  return storage;
};
