/** Modules of torch.nn that are made of others and are neither a container nor a transformer: parallel wrappers, the adaptive softmax. */
import { asNumber, bind, native, nativeClass } from '../../interpreter/native.ts';
import type { ClassValue, NativeCall, Value } from '../../interpreter/values.ts';
import { bool, int, list, args as makeArgs, NONE, tuple, unknown } from '../../interpreter/values.ts';
import { floorDiv } from '../../network/scalar.ts';
import { MODULE_LIST, SEQUENTIAL } from './containers.ts';
import { layer } from './layers.ts';
import { dimOf, MODULE } from './state.ts';

/** `DataParallel(model)`: the model stands at `module` and is what is called. */
const wrapper = (path: string): ClassValue =>
  nativeClass(path, [MODULE], {
    __init__: (args, _, interp) => {
      const [self, module] = args.positional;
      if (self?.kind === 'instance') interp.storeAttr(self, 'module', module ?? args.keywords.get('module') ?? NONE);
      return NONE;
    },
    forward: (args, site, interp) => {
      const [self, ...rest] = args.positional;
      const module = self?.kind === 'instance' ? self.attrs.get('module') : undefined;
      return module ? interp.call(module, { ...args, positional: rest }, site) : unknown('a wrapped model that is not known', site.span);
    },
  });

const PARALLEL = wrapper('torch.nn.DataParallel');
const DISTRIBUTED = wrapper('torch.nn.parallel.DistributedDataParallel');

/** Frequent classes have a head of their own; each cluster of rarer ones two linear maps through fewer features. */
const adaptiveInit: NativeCall = (args, callSite, interp) => {
  const self = args.positional[0];
  if (self?.kind !== 'instance') return NONE;
  const site = self.site ?? callSite;
  const bound = bind('in_features, n_classes, cutoffs, div_value=4.0, head_bias=False, device=None, dtype=None', args, 1);
  const cutoffs = interp.iterate(bound.get('cutoffs') ?? NONE)?.map(asNumber);
  const [from, classes, by] = [
    dimOf(interp, bound.get('in_features'), 'in_features'),
    asNumber(bound.get('n_classes')),
    asNumber(bound.get('div_value')),
  ];
  if (!cutoffs || cutoffs.length === 0 || cutoffs.some((c) => c === undefined) || classes === undefined || by === undefined) {
    interp.partial('The clusters of an adaptive softmax are not known', site.span);
    return NONE;
  }
  const ends = [...(cutoffs as number[]), classes];
  const linear = (inFeatures: Value, outFeatures: Value, bias: Value): Value =>
    interp.instantiate(layer('Linear'), makeArgs([inFeatures, outFeatures], { bias }), site);
  const head = linear(int(from), int((ends[0] as number) + ends.length - 1), bound.get('head_bias') ?? bool(false));
  interp.storeAttr(self, 'head', head);
  const tail = ends.slice(1).map((end, i) => {
    const hidden = int(floorDiv(from, by ** (i + 1)));
    const parts = [linear(int(from), hidden, bool(false)), linear(hidden, int(end - (ends[i] as number)), bool(false))];
    return interp.instantiate(SEQUENTIAL, makeArgs(parts), site);
  });
  interp.storeAttr(self, 'tail', interp.instantiate(MODULE_LIST, makeArgs([list(tail)]), site));
  return NONE;
};

const ADAPTIVE_SOFTMAX = nativeClass('torch.nn.AdaptiveLogSoftmaxWithLoss', [MODULE], {
  __init__: adaptiveInit,
  forward: (args, site, interp) => {
    const [self, x = NONE] = args.positional;
    if (self?.kind !== 'instance') return unknown('an adaptive softmax that is not known', site.span);
    const modules = [self.attrs.get('head'), ...(interp.iterate(self.attrs.get('tail') ?? NONE) ?? [])];
    const scores = modules.map((module) => (module ? interp.call(module, makeArgs([x]), site) : unknown('scores')));
    return tuple([tuple(scores), unknown('a loss')]);
  },
});

export const WRAPPING: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['DataParallel', PARALLEL],
  ['AdaptiveLogSoftmaxWithLoss', ADAPTIVE_SOFTMAX],
]);

export const PARALLELS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['DataParallel', PARALLEL],
  ['DistributedDataParallel', DISTRIBUTED],
  [
    'data_parallel',
    native('data_parallel', (args, site, interp) => {
      const [module, input] = args.positional;
      const inputs = input?.kind === 'tuple' ? input.items : [input ?? NONE];
      return module ? interp.call(module, makeArgs(inputs), site) : unknown('a model that is not known', site.span);
    }),
  ],
]);
