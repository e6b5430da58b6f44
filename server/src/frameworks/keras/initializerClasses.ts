/** The initializers as classes: objects that remember their arguments, and that draw a tensor when they are called. */
import type { Interpreter } from '../../interpreter/api.ts';
import { nativeClass } from '../../interpreter/native.ts';
import type { CallSite, ClassValue, NativeCall, Value } from '../../interpreter/values.ts';
import { NONE, unknown } from '../../interpreter/values.ts';
import type { Shape } from '../../network/scalar.ts';
import { shapeFromValue } from '../shared/shapeValues.ts';
import { draw, newStorage, type Storage } from '../shared/storage.ts';
import { stored, tensorData, wrap } from '../shared/tensor.ts';
import { INITIALIZERS, type InitializerRow } from './initializers.ts';
import { kerasState } from './state.ts';
import { drawFrom, type InitializerData } from './weights.ts';

export const INITIALIZER = nativeClass('keras.initializers.Initializer', [], {
  get_config: () => ({ kind: 'dict', entries: new Map(), open: true }),
});

/** `initializer(shape)` gives a tensor drawn so. */
export const INITIALIZER_CALL: NativeCall = (args, site, interp) => {
  const [initializer, positional] = args.positional;
  const shapeValue = positional ?? args.keywords.get('shape');
  if (!initializer) return unknown('initializer');
  const shape = (shapeFromValue(shapeValue, 'shape', false) ?? []).slice(1);
  const drawn = drawFrom(initializer, shape, kerasState(interp).dialect.computeFans(shape), site, interp, false);
  return drawnTensor(interp, drawn.distribution, shape, drawn.name, site);
};

export const drawnTensor = (
  interp: Interpreter,
  distribution: Storage['init']['distribution'],
  shape: Shape | null,
  name: string,
  site: CallSite,
): Value => {
  const storage = newStorageFor(interp, distribution, shape, name, site);
  return wrap(interp, stored(kerasState(interp).graph, storage), site);
};

const newStorageFor = (
  interp: Interpreter,
  distribution: Storage['init']['distribution'],
  shape: Shape | null,
  name: string,
  site: CallSite,
): Storage => newStorage(interp, { shape, span: site.span, init: { distribution, source: 'call', name, span: site.span, generic: false } });

const initializerClass = (row: InitializerRow): ClassValue =>
  nativeClass(
    `keras.initializers.${row.name}`,
    [INITIALIZER],
    {
      __init__: (args) => {
        const [instance, ...positional] = args.positional;
        if (instance?.kind === 'instance')
          instance.data = { kind: 'initializer', row, args: { ...args, positional } } satisfies InitializerData;
        return NONE;
      },
      __call__: INITIALIZER_CALL,
    },
    row,
  );

export const INITIALIZER_CLASSES: ReadonlyMap<string, ClassValue> = new Map(
  INITIALIZERS.flatMap((row) => {
    const cls = initializerClass(row);
    return [row.name, ...row.aliases].map((name) => [name, cls] as const);
  }),
);

/** `variable.assign(value)`: a new draw. */
export const assign: NativeCall = (args, site, interp) => {
  const [target, value] = args.positional;
  const storage = tensorData(target)?.storage;
  if (!storage) return NONE;
  const source = tensorData(value)?.storage;
  const name = source?.init.name ?? 'assign';
  const distribution = source?.init.distribution ?? { kind: 'unknown' as const, reason: 'assigned from something that is not known' };
  draw(storage, { distribution, source: 'call', name, span: source?.init.span ?? site.span, generic: false }, interp);
  return target ?? NONE;
};
