/**
 * The memory of a parameter or of computed data: its shape, how its values were drawn and what was drawn before. Mutable, because
 * frameworks initialise in place; every change goes through the interpreter's journal.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import { unknownDistribution } from '../../network/distribution.ts';
import type { Init, ParameterRole } from '../../network/network.ts';
import type { Dim } from '../../network/scalar.ts';
import type { Span } from '../../text/span.ts';
import type { Numbers } from './numbers.ts';

export interface Storage {
  readonly id: number;
  /** Framework's own order; a null entry is a size that is not known (yet: lazy layers). */
  shape: readonly (Dim | null)[] | null;
  init: Init;
  /** Draws that `init` replaced, oldest first; the framework's default is not among them. */
  overwritten: readonly Init[];
  isParameter: boolean;
  trainable: boolean;
  loaded: boolean;
  /** The call that loaded all of its model's values for certain. */
  loadedAt: Span | null;
  /** What the parameter is to its layer, where the layer says so. */
  role: ParameterRole | null;
  /** The layer constructor's call, or where the tensor was made. */
  readonly span: Span;
  /** Computed from this other storage (`weight * scale`, `weight.t()`): identity, path and training are that one's. */
  readonly of: Storage | null;
  /** The way of an unknown condition that made it. */
  readonly branch: number;
  /** As allocated: a constant that is drawn over was only there to be filled. */
  fresh: boolean;
  /** Computed anew at each use (weight norm): what is drawn into it is lost. */
  readonly recomputed: boolean;
  /** Values that are known, as long as `init` is the one that they came with. */
  readonly numbers: { readonly init: Init; readonly values: Numbers } | null;
}

const COUNTER = Symbol('storage ids');

export interface StorageOptions {
  readonly shape: readonly (Dim | null)[] | null;
  readonly init: Init;
  readonly span: Span;
  readonly isParameter?: boolean;
  readonly trainable?: boolean;
  readonly role?: ParameterRole;
  readonly of?: Storage;
  readonly fresh?: boolean;
  readonly recomputed?: boolean;
  readonly numbers?: Numbers;
}

export const newStorage = (interp: Interpreter, options: StorageOptions): Storage => {
  const counter = interp.state(COUNTER, () => ({ next: 0 }));
  return {
    id: counter.next++,
    shape: options.shape,
    init: options.init,
    overwritten: [],
    isParameter: options.isParameter ?? false,
    trainable: options.trainable ?? true,
    loaded: false,
    loadedAt: null,
    role: options.role ?? null,
    span: options.span,
    of: options.of ?? null,
    branch: interp.branch,
    fresh: options.fresh ?? false,
    recomputed: options.recomputed ?? false,
    numbers: options.numbers ? { init: options.init, values: options.numbers } : null,
  };
};

/** The storage that a chain of computed ones starts from. */
export const rootStorage = (storage: Storage): Storage => (storage.of ? rootStorage(storage.of) : storage);

const counts = (storage: Storage): boolean => {
  const { init } = storage;
  if (init.source === 'default' || init.distribution.kind === 'uninitialized') return false;
  return !(storage.fresh && init.distribution.kind === 'constant');
};

const DOUBT = 'depends on a condition that is not known';

const change = (storage: Storage, init: Init, keepsHistory: boolean, interp: Interpreter): void => {
  if (storage.recomputed) return;
  const history = storage.overwritten;
  let saved: Pick<Storage, 'init' | 'overwritten' | 'fresh'> = storage;
  const save = (): void => {
    saved = { init: storage.init, overwritten: storage.overwritten, fresh: storage.fresh };
  };
  const restore = (): void => {
    Object.assign(storage, saved);
  };
  const apply = (): void => {
    save();
    if (keepsHistory && counts(storage)) storage.overwritten = [...storage.overwritten, storage.init];
    storage.init = init;
    storage.fresh = false;
  };
  // Either the draw or what was there before holds. A tensor that is made where it is drawn shares its fate and is not in doubt.
  const doubt = {
    change: () => {
      save();
      storage.init = { ...init, distribution: unknownDistribution(DOUBT) };
      storage.overwritten = history;
    },
    undo: restore,
  };
  interp.mutate(apply, restore, storage.branch === interp.branch ? undefined : doubt);
};

/** A new draw of all values; the one before goes to the history. */
export const draw = (storage: Storage, init: Init, interp: Interpreter): void => change(storage, init, true, interp);

/** Values computed from the present ones (`mul_`, a part filled): nothing is lost. */
export const transform = (storage: Storage, init: Init, interp: Interpreter): void => change(storage, init, false, interp);

/** The values come from a checkpoint from here on. */
export const markLoaded = (storage: Storage, interp: Interpreter, at: Span | null = null): void => {
  const { loaded, loadedAt } = storage;
  const set = (value: boolean, place: Span | null): void => {
    storage.loaded = value;
    storage.loadedAt = place;
  };
  interp.mutate(
    () => set(true, at),
    () => set(loaded, loadedAt),
    // On one way only: it may be loaded, and it is not certain that a later draw loses anything.
    interp.branch === 0 ? undefined : { change: () => set(true, null), undo: () => set(true, at) },
  );
};

export const setTrainable = (storage: Storage, trainable: boolean, interp: Interpreter): void => {
  const before = storage.trainable;
  interp.mutate(
    () => {
      storage.trainable = trainable;
    },
    () => {
      storage.trainable = before;
    },
  );
};
