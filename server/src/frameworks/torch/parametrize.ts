/**
 * Weights that are computed from other parameters at each use: weight_norm, spectral_norm, orthogonal, register_parametrization. The
 * parameter moves (`weight` → `weight_v`, `parametrizations.weight.original`), what the layer uses is derived from it.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asString, bind, native, nativeClass } from '../../interpreter/native.ts';
import type { CallSite, InstanceValue, NativeFunction, Value } from '../../interpreter/values.ts';
import { args as makeArgs, NONE } from '../../interpreter/values.ts';
import { type Distribution, unknownDistribution } from '../../network/distribution.ts';
import { type Dim, product, type Shape } from '../../network/scalar.ts';
import { newStorage, type Storage, transform } from '../shared/storage.ts';
import { stored, tensorData, wrap } from '../shared/tensor.ts';
import { MODULE_DICT } from './containers.ts';
import { isModule } from './module.ts';
import { MODULE, makeInit, parameterInstance, torchState } from './state.ts';

const PARAMETRIZATION_LIST = nativeClass('torch.nn.utils.parametrize.ParametrizationList', [MODULE]);

/** The tensor that the layer uses from now on: what is drawn into it is lost at the next use. */
const computed = (interp: Interpreter, from: Storage, distribution: Distribution, shape: Shape | null, site: CallSite): Value => {
  const storage = newStorage(interp, {
    shape,
    init: { ...from.init, distribution },
    span: from.span,
    isParameter: true,
    of: from,
    recomputed: true,
    ...(from.role ? { role: from.role } : {}),
  });
  return wrap(interp, stored(torchState(interp).graph, storage), site);
};

const knownShape = (storage: Storage): Shape | null => (storage.shape?.every((d) => d !== null) ? (storage.shape as Shape) : null);

/** Where the moved parameters stand, by their names there. */
const holderOf = (interp: Interpreter, module: InstanceValue, name: string, modern: boolean, site: CallSite): InstanceValue => {
  if (!modern) return module;
  let all = module.attrs.get('parametrizations');
  if (!isModule(all)) {
    all = interp.instantiate(MODULE_DICT, makeArgs([]), site);
    interp.storeAttr(module, 'parametrizations', all);
  }
  const one = interp.newInstance(PARAMETRIZATION_LIST, undefined, site);
  if (isModule(all)) interp.callMethod(all, '__setitem__', makeArgs([{ kind: 'string', value: name }, one]), site);
  return one;
};

interface Scheme {
  /** Names of the parameter that is moved and, for weight norm, of the one that is added. */
  readonly original: string;
  readonly magnitude?: string;
  readonly used: (storage: Storage) => Distribution;
  /** Registration replaces what the parameter holds. */
  readonly replaced?: string;
}

const move = (
  interp: Interpreter,
  module: Value | undefined,
  name: string,
  modern: boolean,
  scheme: Scheme,
  dim: Value | undefined,
  site: CallSite,
): Value => {
  const storage = isModule(module) ? tensorData(module.attrs.get(name))?.storage : undefined;
  if (!isModule(module) || !storage) return module ?? NONE;
  const holder = holderOf(interp, module, name, modern, site);
  if (scheme.magnitude) {
    const axis = dim?.kind === 'none' ? undefined : (asNumber(dim) ?? 0);
    const shape: readonly (Dim | null)[] | null = axis === undefined ? [] : (storage.shape?.map((d, i) => (i === axis ? d : 1)) ?? null);
    const init = makeInit(interp, unknownDistribution('the norms of the weight'), 'default', 'norm', site.nameSpan);
    const g = newStorage(interp, { shape, init, span: storage.span, isParameter: true, role: 'other' });
    interp.storeAttr(holder, scheme.magnitude, parameterInstance(interp, g, site));
  }
  const original = module.attrs.get(name);
  if (original) interp.storeAttr(holder, scheme.original, original);
  const used = computed(interp, storage, scheme.used(storage), knownShape(storage), site);
  if (scheme.replaced) transform(storage, { ...storage.init, distribution: unknownDistribution(scheme.replaced) }, interp);
  interp.storeAttr(module, name, used);
  return module;
};

const scheme = (name: string, signature: string, make: (name: string) => Scheme, modern: boolean): NativeFunction =>
  native(name, (args, site, interp) => {
    const bound = bind(signature, args);
    const target = asString(bound.get('name')) ?? 'weight';
    return move(interp, bound.get('module'), target, modern, make(target), bound.get('dim'), site);
  });

// w = g·v/‖v‖ starts as v, whatever v was drawn from.
const unchanged = (storage: Storage): Distribution => storage.init.distribution;
const divided = (): Distribution => unknownDistribution('divided by its largest singular value');

const orthonormal = (storage: Storage): Distribution => {
  const shape = knownShape(storage);
  const [rows, ...rest] = shape ?? [];
  return rows === undefined || rest.length === 0
    ? unknownDistribution('a matrix of unknown shape made orthogonal')
    : { kind: 'orthogonal', gain: 1, rows, columns: product(rest) };
};

const registerParametrization = native('register_parametrization', (args, site, interp) => {
  const bound = bind('module, tensor_name, parametrization, *, unsafe=False', args);
  const [module, name, by] = [bound.get('module'), asString(bound.get('tensor_name')), bound.get('parametrization')];
  if (!isModule(module) || name === undefined || !by) return module ?? NONE;
  const before = module.attrs.get(name);
  const result = before ? tensorData(interp.call(by, makeArgs([before]), site))?.storage : undefined;
  const distribution = result?.init.distribution ?? unknownDistribution('computed by a parametrization');
  move(interp, module, name, true, { original: 'original', used: () => distribution }, undefined, site);
  const all = module.attrs.get('parametrizations');
  const list = isModule(all) ? all.attrs.get(name) : undefined;
  if (isModule(list) && isModule(by)) interp.storeAttr(list, '0', by);
  return module;
});

const first = native('identity', (args) => args.positional[0] ?? NONE);

/** torch.nn.utils: the parameter stays beside the weight under another name. */
export const NORM_UTILITIES: ReadonlyMap<string, Value> = new Map([
  [
    'weight_norm',
    scheme('weight_norm', "module, name='weight', dim=0", (n) => ({ original: `${n}_v`, magnitude: `${n}_g`, used: unchanged }), false),
  ],
  [
    'spectral_norm',
    scheme(
      'spectral_norm',
      "module, name='weight', n_power_iterations=1, eps=1e-12, dim=None",
      (n) => ({ original: `${n}_orig`, used: divided }),
      false,
    ),
  ],
  ['remove_weight_norm', first],
  ['remove_spectral_norm', first],
]);

/** torch.nn.utils.parametrizations: the parameters are `parametrizations.<name>.original…`. */
export const PARAMETRIZATIONS: ReadonlyMap<string, Value> = new Map([
  [
    'weight_norm',
    scheme('weight_norm', "module, name='weight', dim=0", () => ({ original: 'original1', magnitude: 'original0', used: unchanged }), true),
  ],
  [
    'spectral_norm',
    scheme(
      'spectral_norm',
      "module, name='weight', n_power_iterations=1, eps=1e-12, dim=None",
      () => ({ original: 'original', used: divided }),
      true,
    ),
  ],
  [
    'orthogonal',
    scheme(
      'orthogonal',
      "module, name='weight', orthogonal_map=None, *, use_trivialization=True",
      () => ({ original: 'original', used: orthonormal, replaced: 'what the orthogonal matrix is computed from' }),
      true,
    ),
  ],
]);

export const PARAMETRIZE: ReadonlyMap<string, Value> = new Map([
  ['register_parametrization', registerParametrization],
  ['remove_parametrizations', first],
]);
