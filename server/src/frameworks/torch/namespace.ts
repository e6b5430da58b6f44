/** What dotted names of torch mean. */

import { native, nativeClass } from '../../interpreter/native.ts';
import type { ClassValue, NativeFunction, Value } from '../../interpreter/values.ts';
import { FALSE, NONE, unknown } from '../../interpreter/values.ts';
import { MODULE_DICT, MODULE_LIST, PARAMETER_DICT, PARAMETER_LIST, SEQUENTIAL } from './containers.ts';
import { CREATION } from './creation.ts';
import { defaultDevice, device } from './devices.ts';
import { DTYPE_NAMES, dtypeValue, finfo, isFloatingValue } from './dtypes.ts';
import { FUNCTIONS } from './functional.ts';
import { INIT } from './init.ts';
import { BATCH_NORM_BASE, CONV_BASE, DROPOUT_BASE, INSTANCE_NORM_BASE, LAYERS, RNN_BASE } from './layers.ts';
import './module.ts';
import { NORM_UTILITIES, PARAMETRIZATIONS, PARAMETRIZE } from './parametrize.ts';
import { BUFFER, LIGHTNING, MODULE, PARAMETER, TENSOR } from './state.ts';
import { runFunction } from './tensors.ts';
import { LOSS_CLASSES, LOSS_FUNCTIONS, OPTIMIZERS } from './training.ts';
import { TRANSFORMERS } from './transformer.ts';
import { PARALLELS, WRAPPING } from './wrapping.ts';

const fn = (name: string): NativeFunction => native(name, (args, site, interp) => runFunction(name, args, site, interp));

/** A context manager that is a decorator too: `with torch.no_grad():`, `@torch.no_grad()`. */
const context = (name: string): ClassValue =>
  nativeClass(`torch.${name}`, [], {
    __init__: () => NONE,
    __enter__: (args) => args.positional[0] ?? NONE,
    __exit__: () => NONE,
    __call__: (args) => args.positional[1] ?? NONE,
  });

/** A decorator with or without arguments: the function comes back as it was. */
const decorator = (name: string): NativeFunction =>
  native(name, (args) => {
    const first = args.positional[0];
    if (
      first &&
      (first.kind === 'function' ||
        first.kind === 'class' ||
        first.kind === 'instance' ||
        first.kind === 'native' ||
        first.kind === 'bound')
    )
      return first;
    return native(name, (inner) => inner.positional[0] ?? NONE);
  });

const falsehood = (name: string): NativeFunction => native(name, () => FALSE);

/** `checkpoint(fn, *args)` calls fn. */
const checkpoint = native('checkpoint', (args, site, interp) => {
  const [callee, ...rest] = args.positional;
  return callee ? interp.call(callee, { positional: rest, keywords: new Map(), open: args.open }, site) : unknown('checkpoint', site.span);
});

const checkpointSequential = native('checkpoint_sequential', (args, site, interp) => {
  const [functions, , input] = args.positional;
  let x: Value = input ?? unknown('no input', site.span);
  for (const one of (functions && interp.iterate(functions)) ?? [])
    x = interp.call(one, { positional: [x], keywords: new Map(), open: false }, site);
  return x;
});

const nn = new Map<string, Value>([
  ['Module', MODULE],
  ['Parameter', PARAMETER],
  ['Buffer', BUFFER],
  ['UninitializedParameter', PARAMETER],
  ['Sequential', SEQUENTIAL],
  ['ModuleList', MODULE_LIST],
  ['ModuleDict', MODULE_DICT],
  ['ParameterList', PARAMETER_LIST],
  ['ParameterDict', PARAMETER_DICT],
  ...LAYERS,
  ['_ConvNd', CONV_BASE],
  ['_BatchNorm', BATCH_NORM_BASE],
  ['_NormBase', BATCH_NORM_BASE],
  ['_InstanceNorm', INSTANCE_NORM_BASE],
  ['_DropoutNd', DROPOUT_BASE],
  ['RNNBase', RNN_BASE],
  ['NonDynamicallyQuantizableLinear', LAYERS.get('Linear') as Value],
  ...TRANSFORMERS,
  ...WRAPPING,
  ...LOSS_CLASSES,
]);

const functional = new Map<string, Value>([
  ...Object.keys(FUNCTIONS).map((name): [string, Value] => [name, fn(name)]),
  ...['relu', 'elu', 'leaky_relu', 'selu', 'celu', 'rrelu', 'threshold', 'hardtanh'].map((name): [string, Value] => [`${name}_`, fn(name)]),
  ...Object.entries(LOSS_FUNCTIONS),
]);

const top = new Map<string, Value>([
  ...functional,
  ...Object.entries(CREATION),
  ['Tensor', TENSOR],
  ['no_grad', context('no_grad')],
  ['enable_grad', context('enable_grad')],
  ['inference_mode', context('inference_mode')],
  ['set_grad_enabled', context('set_grad_enabled')],
  ['autocast', context('autocast')],
  ...DTYPE_NAMES,
  ['finfo', finfo],
  ['get_default_dtype', native('get_default_dtype', () => dtypeValue('float32'))],
  ['is_floating_point', native('is_floating_point', (args) => isFloatingValue(args.positional[0]))],
  ['device', device],
  ['get_default_device', defaultDevice],
  ['compile', decorator('compile')],
  ['is_autocast_enabled', falsehood('is_autocast_enabled')],
  ['is_grad_enabled', native('is_grad_enabled', () => ({ kind: 'bool', value: true }))],
  [
    'is_tensor',
    native('is_tensor', (args, _, interp) => {
      const value = args.positional[0];
      const answer = value && interp.isInstance(value, TENSOR);
      return answer === undefined ? unknown('whether it is a tensor') : { kind: 'bool', value: answer };
    }),
  ],
  ['manual_seed', native('manual_seed', () => NONE)],
  ['fmod', fn('remainder')],
]);

const jit = new Map<string, Value>([
  ...[
    'script',
    'ignore',
    'unused',
    'export',
    'script_method',
    '_overload_method',
    '_overload',
    'interface',
    'script_if_tracing',
    'trace',
  ].map((name): [string, Value] => [name, decorator(name)]),
  ...['is_scripting', 'is_tracing'].map((name): [string, Value] => [name, falsehood(name)]),
  ['annotate', native('annotate', (args) => args.positional[1] ?? NONE)],
  ['Final', unknown('a type')],
]);

const cuda = new Map<string, Value>([
  ['is_available', native('is_available', () => unknown('whether a GPU is there'))],
  ['device_count', native('device_count', () => unknown('the number of GPUs'))],
]);

const lightning = new Map<string, Value>([['LightningModule', LIGHTNING]]);

const prune = (path: string): string =>
  path
    // `torch.nn.modules.conv.Conv2d` is `torch.nn.Conv2d`.
    .replace(/^torch\.nn\.modules\.\w+\.(?=\w+$)/, 'torch.nn.')
    .replace(/^torch\.nn\.modules\.(?=\w+$)/, 'torch.nn.')
    .replace(/^torch\.nn\.parameter\.(?=\w+$)/, 'torch.nn.')
    .replace(/^torch\.nn\.parallel\.\w+\.(?=\w+$)/, 'torch.nn.parallel.')
    .replace(/^torch\._C\._nn\./, 'torch.nn.functional.')
    .replace(/^torch\.(special|_jit_internal|functional)\.(?=\w+$)/, (_, part: string) =>
      part === '_jit_internal' ? 'torch.jit.' : 'torch.',
    );

const TABLES: Readonly<Record<string, ReadonlyMap<string, Value>>> = {
  torch: top,
  'torch.nn': nn,
  'torch.nn.functional': functional,
  'torch.nn.init': new Map(Object.entries(INIT)),
  'torch.optim': OPTIMIZERS,
  lightning,
  pytorch_lightning: lightning,
  'lightning.pytorch': lightning,
  'torch.jit': jit,
  'torch.cuda': cuda,
  'torch.cuda.amp': new Map<string, Value>([
    ['autocast', context('cuda.amp.autocast')],
    ['custom_fwd', decorator('custom_fwd')],
    ['custom_bwd', decorator('custom_bwd')],
  ]),
  'torch.amp': new Map<string, Value>([['autocast', context('amp.autocast')]]),
  'torch.linalg': new Map<string, Value>([
    ['vector_norm', fn('vector_norm')],
    ['norm', fn('vector_norm')],
    ['matmul', fn('matmul')],
  ]),
  'torch.fx': new Map<string, Value>([['wrap', decorator('wrap')]]),
  'torch.compiler': new Map<string, Value>([
    ['disable', decorator('disable')],
    ['is_compiling', falsehood('is_compiling')],
    ['is_exporting', falsehood('is_exporting')],
  ]),
  'torch._dynamo': new Map<string, Value>([
    ['disable', decorator('disable')],
    ['is_compiling', falsehood('is_compiling')],
  ]),
  'torch.onnx': new Map<string, Value>([['is_in_onnx_export', falsehood('is_in_onnx_export')]]),
  'torch.utils.checkpoint': new Map<string, Value>([
    ['checkpoint', checkpoint],
    ['checkpoint_sequential', checkpointSequential],
  ]),
  'torch.nn.parallel': PARALLELS,
  'torch.nn.utils': NORM_UTILITIES,
  'torch.nn.utils.parametrizations': PARAMETRIZATIONS,
  'torch.nn.utils.parametrize': PARAMETRIZE,
};

const MODULES = new Set([
  ...Object.keys(TABLES),
  ...[
    'torch.utils',
    'torch.utils.data',
    'torch.nn.modules',
    'torch.nn.parallel.distributed',
    'torch.nn.parameter',
    'torch.distributed',
    'torch.autograd',
    'torch.backends',
    'torch.special',
    'torch.optim.lr_scheduler',
  ],
  ...[
    'torch.backends.cudnn',
    'torch.distributions',
    'torch.linalg',
    'torch.fft',
    'torch.hub',
    'torch.quantization',
    'torch._C',
    'torch._C._nn',
    'torch._jit_internal',
    'torch.functional',
  ],
  ...[
    'conv',
    'batchnorm',
    'linear',
    'activation',
    'normalization',
    'dropout',
    'pooling',
    'module',
    'container',
    'sparse',
    'utils',
    'rnn',
    'loss',
    'padding',
    'instancenorm',
    'transformer',
    'upsampling',
    'flatten',
  ].map((name) => `torch.nn.modules.${name}`),
]);

/** A dotted name of torch; 'module' for a namespace, undefined for what is not modelled. */
export const external = (path: string): Value | 'module' | undefined => {
  if (MODULES.has(path)) return 'module';
  const name = prune(path);
  const dot = name.lastIndexOf('.');
  return TABLES[name.slice(0, dot)]?.get(name.slice(dot + 1));
};
