/** Parameters of layers: what was given for one (an initializer, an array, another layer's parameter), and what it draws. */
import type { Interpreter } from '../../interpreter/api.ts';
import { nativeClass } from '../../interpreter/native.ts';
import type { Args, CallSite, ClassValue, InstanceValue, NativeCall, Value } from '../../interpreter/values.ts';
import { float, int, args as makeArgs, NO_ARGS, NONE, tuple, unknown } from '../../interpreter/values.ts';
import { type Distribution, unknownDistribution } from '../../network/distribution.ts';
import type { Init, ParameterRole } from '../../network/network.ts';
import type { Scalar, Shape } from '../../network/scalar.ts';
import type { Span } from '../../text/span.ts';
import { noteVector } from '../shared/notes.ts';
import { shapeFromValue } from '../shared/shapeValues.ts';
import { newStorage, type Storage } from '../shared/storage.ts';
import { stored, tensorData, wrap } from '../shared/tensor.ts';
import { declaredGain, drawOf, INITIALIZERS, type InitializerRow, initializerRow } from './initializers.ts';
import { lasagneState } from './state.ts';

// ── initializers as classes ────────────────────────────────────────────────────────────────────────────────────────────────

interface InitializerData {
  readonly kind: 'initializer';
  readonly row: InitializerRow;
  readonly args: Args;
}

const initializerData = (value: Value | undefined): InitializerData | undefined => {
  if (value?.kind !== 'instance') return undefined;
  const data = value.data as InitializerData | undefined | null;
  return data && typeof data === 'object' && data.kind === 'initializer' ? data : undefined;
};

/** `initializer(shape)` and `initializer.sample(shape)` give an array drawn so. */
const sample: NativeCall = (args, site, interp) => {
  const [self, positional] = args.positional;
  const data = initializerData(self);
  const shape = shapeFromValue(positional ?? args.keywords.get('shape'), 'shape', false)?.slice(1) ?? null;
  if (!data || !shape) return unknown('an initializer', site.span);
  return array(interp, drawOf(data.row, data.args, shape), shape, data.row.name, site);
};

const array = (interp: Interpreter, distribution: Distribution, shape: Shape, name: string, site: CallSite): Value => {
  const init: Init = { distribution, source: 'call', name, span: site.span, generic: false };
  return wrap(interp, stored(lasagneState(interp).graph, newStorage(interp, { shape, span: site.span, init })), site);
};

/** A class of the source has a `sample` of its own, which `__call__` calls. */
export const INITIALIZER: ClassValue = nativeClass('lasagne.init.Initializer', [], {
  __call__: (args, site, interp) => {
    const [self, ...rest] = args.positional;
    return (self && interp.callMethod(self, 'sample', { ...args, positional: rest }, site)) ?? unknown('an initializer', site.span);
  },
});

const initializerClass = (row: InitializerRow): ClassValue =>
  nativeClass(
    `lasagne.init.${row.name}`,
    [INITIALIZER],
    {
      __init__: (args) => {
        const [self, ...positional] = args.positional;
        if (self?.kind === 'instance') self.data = { kind: 'initializer', row, args: { ...args, positional } } satisfies InitializerData;
        return NONE;
      },
      sample,
    },
    row,
  );

export const INITIALIZER_CLASSES: ReadonlyMap<string, ClassValue> = new Map(INITIALIZERS.map((row) => [row.name, initializerClass(row)]));

// ── what a parameter draws ─────────────────────────────────────────────────────────────────────────────────────────────────

interface Drawn {
  readonly distribution: Distribution;
  readonly name: string;
  readonly declared?: Init['declared'];
}

const drawnBy = (row: InitializerRow, args: Args, shape: Shape): Drawn => {
  const gain: Scalar | undefined = declaredGain(row, args);
  return { distribution: drawOf(row, args, shape), name: row.name, ...(gain === undefined ? {} : { declared: { gain } }) };
};

/** 'Normal(0.1)' as the signatures of the table spell defaults. */
const drawnByDefault = (text: string, shape: Shape): Drawn => {
  const match = /^(\w+)\(([\d.]*)\)$/.exec(text);
  const row = initializerRow(match?.[1] ?? '');
  if (!row) return { distribution: unknownDistribution('no default'), name: text };
  const { distribution } = drawnBy(row, match?.[2] ? makeArgs([float(Number(match[2]))]) : NO_ARGS, shape);
  return { distribution, name: row.name };
};

const drawnByValue = (value: Value, shape: Shape, site: CallSite, interp: Interpreter): Drawn => {
  const data = initializerData(value);
  if (data) return drawnBy(data.row, data.args, shape);
  if (value.kind === 'number') return { distribution: { kind: 'constant', value: value.value }, name: 'constant' };
  if (value.kind === 'unknown') return { distribution: unknownDistribution(value.reason), name: 'initializer' };
  const isCallable = ['function', 'native', 'partial', 'bound', 'instance'].includes(value.kind);
  if (!isCallable) return { distribution: unknownDistribution('the initializer is not known'), name: 'initializer' };
  const name =
    value.kind === 'instance' ? value.cls.name : value.kind === 'function' || value.kind === 'native' ? value.name : 'initializer';
  const made = tensorData(interp.call(value, makeArgs([tuple(shape.map((size) => int(size)))]), site))?.storage;
  return { distribution: made?.init.distribution ?? unknownDistribution(`${name} is not followed`), name };
};

const contains = (outer: Span, inner: Span): boolean =>
  outer.anchor === inner.anchor && outer.start <= inner.start && inner.end <= outer.end;

/** The initializer where it is written in the layer's own call, else the argument, else the layer's name. */
const spanOf = (value: Value, argument: Span | undefined, site: CallSite): Span =>
  value.kind === 'instance' && value.site && contains(site.span, value.site.span) ? value.site.span : (argument ?? site.nameSpan);

export interface ParameterRequest {
  readonly shape: Shape;
  readonly role: ParameterRole | null;
  /** What was given; undefined where the default holds. */
  readonly given: Value | undefined;
  readonly fallback: string;
  readonly argument: Span | undefined;
  readonly trainable: boolean;
  readonly site: CallSite;
}

/** A parameter: that of another layer or a shared variable as it is, else a new one drawn by what was given. */
export const makeParameter = (request: ParameterRequest, interp: Interpreter): Storage => {
  const { given, shape, site, role } = request;
  const source = tensorData(given)?.storage;
  if (source && (source.isParameter || source.of)) return source;
  const drawn: Drawn = source
    ? { distribution: source.init.distribution, name: source.init.name }
    : given
      ? drawnByValue(given, shape, site, interp)
      : drawnByDefault(request.fallback, shape);
  const span =
    source && contains(site.span, source.init.span) ? source.init.span : given ? spanOf(given, request.argument, site) : site.nameSpan;
  const storage = newStorage(interp, {
    shape,
    span: site.span,
    isParameter: true,
    trainable: request.trainable,
    ...(role ? { role } : {}),
    init: {
      distribution: drawn.distribution,
      source: given ? 'argument' : 'default',
      name: drawn.name,
      span,
      generic: false,
      ...(drawn.declared ? { declared: drawn.declared } : {}),
    },
  });
  const row = initializerData(given)?.row;
  if (row?.needsMatrix && shape.length < 2)
    noteVector(interp, lasagneState(interp).graph, { name: row.name, storage, span, data: role ? { role } : {} });
  return storage;
};

export const parameterValue = (storage: Storage, interp: Interpreter): InstanceValue =>
  wrap(interp, stored(lasagneState(interp).graph, storage), null);
