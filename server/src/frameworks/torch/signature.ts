/** What a model's forward takes: which of its parameters are tensors, by their annotations. */
import type { Interpreter } from '../../interpreter/api.ts';
import { unwrapped } from '../../interpreter/stdlib/inspection.ts';
import type { FunctionValue, InstanceValue, Value } from '../../interpreter/values.ts';
import { CREATION } from './creation.ts';
import { TENSOR } from './state.ts';

export interface Taken {
  readonly name: string;
  /** What it is where it is not given; undefined where it must be. */
  readonly fallback: Value | undefined;
  /** `any`: nothing says what it is; `other`: no tensor. */
  readonly kind: 'tensor' | 'tokens' | 'any' | 'other';
  /** Given by its name: it stands behind one that is not given, or another function names it. */
  readonly keyword: boolean;
}

export const forwardOf = (module: InstanceValue, interp: Interpreter): FunctionValue | undefined => {
  const method = interp.findAttr(module, 'forward');
  return method?.kind === 'bound' && method.fn.kind === 'function' ? unwrapped(method.fn) : undefined;
};

const namedParams = (fn: FunctionValue): FunctionValue['params'] =>
  fn.params.slice(1).filter(({ kind }) => kind !== 'varArgs' && kind !== 'varKeywords');

/** `def forward(self, **kwargs): return super().forward(**kwargs)` takes what the forward above it takes. */
const naming = (model: InstanceValue, fn: FunctionValue): FunctionValue => {
  if (namedParams(fn).length > 0 || !fn.params.some(({ kind }) => kind === 'varKeywords')) return fn;
  const { mro } = model.cls;
  const here = fn.owner ? mro.indexOf(fn.owner) : -1;
  for (const cls of mro.slice(here + 1)) {
    const next = cls.attrs.get('forward');
    if (next?.kind === 'function' && namedParams(unwrapped(next)).length > 0) return unwrapped(next);
  }
  return fn;
};

const INTEGERS: ReadonlySet<string> = new Set(['torch.IntTensor', 'torch.ShortTensor', 'torch.CharTensor', 'torch.ByteTensor']);
const REALS: ReadonlySet<string> = new Set(['torch.HalfTensor', 'torch.BFloat16Tensor']);

/** Of names that are not known those of torch itself are something else (`torch.dtype`); others may be anybody's tensors. */
const mayBeTensor = (value: Value): boolean => value.kind === 'unknown' && !value.path?.startsWith('torch.');

const kindOf = (named: readonly Value[] | undefined, name: string): Taken['kind'] => {
  if (!named || named.length === 0) return 'any';
  for (const value of named) {
    const path = value.kind === 'unknown' ? (value.path ?? '') : '';
    if (value === CREATION.LongTensor || INTEGERS.has(path)) return 'tokens';
    if (value === CREATION.FloatTensor || value === CREATION.DoubleTensor || REALS.has(path)) return 'tensor';
    if (value.kind === 'class' && value.mro.includes(TENSOR)) return /(ids|tokens)$/.test(name) ? 'tokens' : 'tensor';
  }
  return named.some(mayBeTensor) ? 'any' : 'other';
};

export const takenBy = (model: InstanceValue, interp: Interpreter): readonly Taken[] => {
  const called = forwardOf(model, interp);
  if (!called) return [];
  const fn = naming(model, called);
  return namedParams(fn).map(({ name, kind }) => ({
    name,
    fallback: fn.defaults.get(name),
    kind: kindOf(interp.annotation(fn, name), name),
    keyword: kind === 'keywordOnly' || fn !== called,
  }));
};
