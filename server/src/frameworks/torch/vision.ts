/** torchvision.ops where its source cannot be read: the blocks that models are made of. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar, bind, native, nativeClass } from '../../interpreter/native.ts';
import type { CallSite, ClassValue, InstanceValue, NativeCall, Value } from '../../interpreter/values.ts';
import { bool, int, list, args as makeArgs, NONE, tuple, unknown } from '../../interpreter/values.ts';
import { ZEROS } from '../../network/distribution.ts';
import { add, type Dim, floorDiv, mul, symbol } from '../../network/scalar.ts';
import { pixels } from '../shared/pixels.ts';
import { tensorData } from '../shared/tensor.ts';
import { MODULE_LIST, SEQUENTIAL } from './containers.ts';
import { INITIALIZERS } from './initializers.ts';
import { layerClass } from './layer.ts';
import { layer } from './layers.ts';
import { MODULE, makeInit } from './state.ts';
import { runFunction } from './tensors.ts';
import { lossFunction } from './training.ts';

type Build = (self: InstanceValue, get: (name: string) => Value | undefined, site: CallSite, interp: Interpreter) => void;

const given = (value: Value | undefined): value is Value => value !== undefined && value.kind !== 'none';

/** A constructor with its signature; `build` gives the instance its sub-modules. */
const initialiser =
  (signature: string, build: Build): NativeCall =>
  (args, callSite, interp) => {
    const self = args.positional[0];
    if (self?.kind !== 'instance') return NONE;
    const bound = bind(signature, args, 1);
    build(self, (name) => bound.get(name), self.site ?? callSite, interp);
    return NONE;
  };

const append = (interp: Interpreter, self: InstanceValue, module: Value, site: CallSite): void => {
  interp.callMethod(self, 'append', makeArgs([module]), site);
};

const make = (interp: Interpreter, what: Value, positional: readonly Value[], keywords: Record<string, Value>, site: CallSite): Value =>
  what.kind === 'class'
    ? interp.instantiate(what, makeArgs(positional, keywords), site)
    : interp.call(what, makeArgs(positional, keywords), site);

const inplace = (value: Value | undefined): Record<string, Value> => (given(value) ? { inplace: value } : {});

const pairOf = (value: Value | undefined, rank: number): readonly (Dim | undefined)[] =>
  value?.kind === 'tuple' || value?.kind === 'list' ? value.items.map(asScalar) : Array.from({ length: rank }, () => asScalar(value));

/** (kernel − 1) // 2 · dilation on every axis. */
const samePadding = (kernel: Value | undefined, dilation: Value | undefined, rank: number): Value => {
  const [sizes, rates] = [pairOf(kernel, rank), pairOf(dilation, rank)];
  const pads = sizes.map((k, i) => (k === undefined || rates[i] === undefined ? undefined : mul(floorDiv(add(k, -1), 2), rates[i])));
  return pads.some((p) => p === undefined) ? unknown('padding of an unknown kernel') : tuple(pads.map((p) => int(p as Dim)));
};

const convNormActivation = (rank: 2 | 3): ClassValue =>
  nativeClass(`torchvision.ops.Conv${rank}dNormActivation`, [SEQUENTIAL], {
    __init__: initialiser(
      'in_channels, out_channels, kernel_size=3, stride=1, padding=None, groups=1, norm_layer=?, activation_layer=?, dilation=1, inplace=True, bias=None',
      (self, get, site, interp) => {
        const pick = (name: string, otherwise: string): Value | undefined => (get(name)?.kind === 'unknown' ? layer(otherwise) : get(name));
        const [norm, act] = [pick('norm_layer', `BatchNorm${rank}d`), pick('activation_layer', 'ReLU')];
        const keywords = {
          groups: get('groups') ?? int(1),
          dilation: get('dilation') ?? int(1),
          bias: given(get('bias')) ? (get('bias') as Value) : bool(!given(norm)),
        };
        const padding = given(get('padding')) ? (get('padding') as Value) : samePadding(get('kernel_size'), get('dilation'), rank);
        const sizes = ['in_channels', 'out_channels', 'kernel_size', 'stride'].map((name) => get(name) ?? unknown(name));
        append(interp, self, make(interp, layer(`Conv${rank}d`), [...sizes, padding], keywords, site), site);
        if (given(norm)) append(interp, self, make(interp, norm, [get('out_channels') ?? NONE], {}, site), site);
        if (given(act)) append(interp, self, make(interp, act, [], inplace(get('inplace')), site), site);
        interp.storeAttr(self, 'out_channels', get('out_channels') ?? NONE);
      },
    ),
  });

const MLP = nativeClass('torchvision.ops.MLP', [SEQUENTIAL], {
  __init__: initialiser(
    'in_channels, hidden_channels, norm_layer=None, activation_layer=?, inplace=None, bias=True, dropout=0.0',
    (self, get, site, interp) => {
      const act = get('activation_layer')?.kind === 'unknown' ? layer('ReLU') : get('activation_layer');
      const widths = interp.iterate(get('hidden_channels') ?? NONE);
      if (!widths) interp.partial('The widths of an MLP are not known', site.span);
      let from = get('in_channels') ?? unknown('in_channels');
      const bias = { bias: get('bias') ?? bool(true) };
      for (const [i, width] of (widths ?? []).entries()) {
        append(interp, self, make(interp, layer('Linear'), [from, width], bias, site), site);
        if (i < (widths ?? []).length - 1) {
          if (given(get('norm_layer'))) append(interp, self, make(interp, get('norm_layer') as Value, [width], {}, site), site);
          if (given(act)) append(interp, self, make(interp, act, [], inplace(get('inplace')), site), site);
        }
        append(interp, self, make(interp, layer('Dropout'), [get('dropout') ?? int(0)], inplace(get('inplace')), site), site);
        from = width;
      }
    },
  ),
});

const call = (interp: Interpreter, self: InstanceValue, name: string, x: Value, site: CallSite): Value => {
  const module = self.attrs.get(name);
  return module ? interp.call(module, makeArgs([x]), site) : unknown(`${name} is missing`, site.span);
};

const SQUEEZE_EXCITATION = nativeClass('torchvision.ops.SqueezeExcitation', [MODULE], {
  __init__: initialiser('input_channels, squeeze_channels, activation=?, scale_activation=?', (self, get, site, interp) => {
    const [wide, narrow] = [get('input_channels') ?? NONE, get('squeeze_channels') ?? NONE];
    const pick = (name: string, otherwise: string): Value => {
      const value = get(name);
      return !value || value.kind === 'unknown' ? layer(otherwise) : value;
    };
    const parts: readonly [string, Value, readonly Value[]][] = [
      ['avgpool', layer('AdaptiveAvgPool2d'), [int(1)]],
      ['fc1', layer('Conv2d'), [wide, narrow, int(1)]],
      ['fc2', layer('Conv2d'), [narrow, wide, int(1)]],
      ['activation', pick('activation', 'ReLU'), []],
      ['scale_activation', pick('scale_activation', 'Sigmoid'), []],
    ];
    for (const [name, cls, positional] of parts) interp.storeAttr(self, name, make(interp, cls, positional, {}, site));
  }),
  forward: (args, site, interp) => {
    const [self, x = NONE] = args.positional;
    if (self?.kind !== 'instance') return unknown('a block that is not known', site.span);
    const steps = ['avgpool', 'fc1', 'activation', 'fc2', 'scale_activation'];
    const scale = steps.reduce((h, name) => call(interp, self, name, h, site), x);
    return interp.binary('*', scale, x, site.span);
  },
});

/** Whole samples are dropped: a dropout to the moments. */
const STOCHASTIC_DEPTH = layerClass({
  name: 'StochasticDepth',
  signature: 'p, mode',
  build: (c) => ({ op: { kind: 'dropout', rate: asScalar(c.bound.get('p')) ?? symbol('p'), alpha: false }, params: [] }),
});

const PERMUTE = layerClass({
  name: 'Permute',
  signature: 'dims',
  build: (c) => {
    const dims = c.bound.get('dims');
    const axes = dims?.kind === 'list' || dims?.kind === 'tuple' ? dims.items.map(asNumber) : [undefined];
    return axes.some((a) => a === undefined)
      ? { op: { kind: 'opaque', what: 'Permute', reason: 'axes that are not known' }, params: [] }
      : { op: { kind: 'permute', axes: axes as number[] }, params: [] };
  },
});

/** Its statistics come with the weights that were trained with them. */
const FROZEN = layerClass({
  name: 'FrozenBatchNorm2d',
  signature: 'num_features, eps=1e-05',
  build: () => ({
    op: { kind: 'opaque', what: 'FrozenBatchNorm2d', reason: 'statistics of a checkpoint' },
    params: [],
    shape: (input) => input,
  }),
});

const lateral = convNormActivation(2);

const FEATURE_PYRAMID = nativeClass('torchvision.ops.FeaturePyramidNetwork', [MODULE], {
  __init__: initialiser('in_channels_list, out_channels, extra_blocks=None, norm_layer=None', (self, get, site, interp) => {
    const wide = get('out_channels') ?? NONE;
    const block = (from: Value, kernel: number): Value => {
      const made = make(
        interp,
        lateral,
        [from, wide],
        { kernel_size: int(kernel), padding: int(kernel >> 1), norm_layer: get('norm_layer') ?? NONE, activation_layer: NONE },
        site,
      );
      const conv = made.kind === 'instance' ? made.attrs.get('0') : undefined;
      const parameter = (name: string) => (conv?.kind === 'instance' ? tensorData(conv.attrs.get(name))?.storage : undefined);
      const [weight, bias] = [parameter('weight'), parameter('bias')];
      const drawn = INITIALIZERS.kaiming_uniform?.draw(
        bind("tensor, a=1, mode='fan_in', nonlinearity='leaky_relu'", makeArgs([])),
        weight?.shape ?? null,
      );
      if (weight && drawn) weight.init = makeInit(interp, drawn.distribution, 'default', 'kaiming_uniform_(a=1)', site.nameSpan);
      if (bias) bias.init = makeInit(interp, ZEROS, 'default', 'zeros_', site.nameSpan);
      return made;
    };
    const sizes = interp.iterate(get('in_channels_list') ?? NONE);
    if (!sizes) interp.partial('The channels of a feature pyramid are not known', site.span);
    const blocks = (kernel: (size: Value) => Value): Value =>
      interp.instantiate(MODULE_LIST, makeArgs([list((sizes ?? []).map(kernel))]), site);
    interp.storeAttr(
      self,
      'inner_blocks',
      blocks((size) => block(size, 1)),
    );
    interp.storeAttr(
      self,
      'layer_blocks',
      blocks(() => block(wide, 3)),
    );
    interp.storeAttr(self, 'extra_blocks', get('extra_blocks') ?? NONE);
  }),
  forward: (args, site, interp) => {
    const [self, features] = args.positional;
    const [inner, outer] = ['inner_blocks', 'layer_blocks'].map((name) =>
      self?.kind === 'instance' ? interp.iterate(self.attrs.get(name) ?? NONE) : undefined,
    );
    if (features?.kind !== 'dict' || !inner || !outer) return unknown('a pyramid of features that are not known', site.span);
    const entries = [...features.entries];
    let top: Value | undefined;
    const results = entries
      .map(([key, entry], i) => ({ key, entry, i }))
      .reverse()
      .map(({ key, entry, i }) => {
        const side = interp.call(inner[i] ?? NONE, makeArgs([entry.value]), site);
        const coarse = top && runFunction('interpolate', makeArgs([top], { size: unknown('a size') }), site, interp);
        top = coarse ? interp.binary('+', side, coarse, site.span) : side;
        return [key, { key: entry.key, value: interp.call(outer[i] ?? NONE, makeArgs([top]), site) }] as const;
      });
    return { kind: 'dict', entries: new Map(results.reverse()), open: false };
  },
});

const VISION: ReadonlyMap<string, Value> = new Map<string, Value>([
  [
    'sigmoid_focal_loss',
    lossFunction('sigmoid_focal_loss', 'sigmoid_focal_loss', { kind: 'binaryCrossEntropy', takes: 'logits', focal: true }),
  ],
  ['Conv2dNormActivation', lateral],
  ['Conv3dNormActivation', convNormActivation(3)],
  ['ConvNormActivation', lateral],
  ['MLP', MLP],
  ['SqueezeExcitation', SQUEEZE_EXCITATION],
  ['StochasticDepth', STOCHASTIC_DEPTH],
  ['Permute', PERMUTE],
  ['FrozenBatchNorm2d', FROZEN],
  ['FeaturePyramidNetwork', FEATURE_PYRAMID],
  [
    'stochastic_depth',
    native('stochastic_depth', (args, site, interp) => {
      const bound = bind('input, p, mode, training=True', args);
      const on = bound.get('training');
      const x = bound.get('input') ?? NONE;
      return on?.kind === 'bool' && !on.value ? x : runFunction('dropout', makeArgs([x, bound.get('p') ?? NONE]), site, interp);
    }),
  ],
]);

const MODULES: ReadonlySet<string> = new Set([
  'torchvision',
  'torchvision.datasets',
  'torchvision.ops',
  'torchvision.ops.misc',
  'torchvision.ops.stochastic_depth',
]);

/** Data sets of images; `data` has them as they are stored, whatever is done to each when it is asked for. */
const DATASETS: ReadonlyMap<string, Value> = new Map(
  ['MNIST', 'FashionMNIST', 'KMNIST', 'QMNIST', 'CIFAR10', 'CIFAR100'].map((name) => [
    name,
    nativeClass(`torchvision.datasets.${name}`, [], {
      __init__: (args, site, interp) => {
        const [self] = args.positional;
        if (self?.kind === 'instance') interp.storeAttr(self, 'data', pixels(interp, `${name}.data`, self.site ?? site));
        return NONE;
      },
    }),
  ]),
);

/** A dotted name of torchvision: `torchvision.ops.MLP`, `torchvision.ops.misc.MLP`. */
export const visionExternal = (path: string): Value | 'module' | undefined => {
  if (MODULES.has(path)) return 'module';
  const [, data] = /^torchvision\.datasets\.(?:\w+\.)?(\w+)$/.exec(path) ?? [];
  if (data !== undefined) return DATASETS.get(data);
  const [, name] = /^torchvision\.ops\.(?:\w+\.)?(\w+)$/.exec(path) ?? [];
  return name === undefined ? undefined : VISION.get(name);
};
