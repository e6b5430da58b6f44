/** `torch.device`: devices that the source names, and the default one. Which device a given tensor is on is mostly not known. */

import { OBJECT } from '../../interpreter/builtins/types.ts';
import { native, nativeClass } from '../../interpreter/native.ts';
import type { Args, InstanceValue, NativeFunction, Value } from '../../interpreter/values.ts';
import { bool, int, NONE, str, unknown } from '../../interpreter/values.ts';

const nameOf = (value: Value | undefined): string | undefined => {
  if (value?.kind === 'string') return value.value;
  const type = value?.kind === 'instance' && value.cls === DEVICE ? value.attrs.get('name') : undefined;
  return type?.kind === 'string' ? type.value : undefined;
};

const DEVICE = nativeClass('torch.device', [OBJECT], {
  __eq__: (args) => {
    const [a, b] = args.positional.map(nameOf);
    return a === undefined || b === undefined ? unknown('whether two devices are one') : bool(a === b);
  },
  __ne__: (args) => {
    const [a, b] = args.positional.map(nameOf);
    return a === undefined || b === undefined ? unknown('whether two devices are one') : bool(a !== b);
  },
  __str__: (args) => str(nameOf(args.positional[0]) ?? ''),
});

const deviceNamed = (name: string): InstanceValue => {
  const [type = name, index] = name.split(':');
  const attrs = new Map<string, Value>([
    ['name', str(name)],
    ['type', str(type)],
    ['index', index === undefined ? NONE : int(Number(index))],
  ]);
  return { kind: 'instance', cls: DEVICE, attrs, data: undefined, site: null, id: -1 };
};

export const device: NativeFunction = native('device', (args) => {
  const name = nameOf(args.positional[0] ?? args.keywords.get('device') ?? args.keywords.get('type'));
  return name === undefined || args.positional.length > 1 ? unknown('a device') : deviceNamed(name);
});

/** Where tensors are made when nothing is said: the CPU, as torch has it. */
export const defaultDevice: NativeFunction = native('get_default_device', () => deviceNamed('cpu'));

const MADE_ON = '@device';

/** Remembers that a tensor was made without a word on where. */
export const onDefaultDevice = (args: Args, tensor: Value): Value => {
  if (tensor.kind === 'instance' && !args.keywords.has('device') && !args.open) tensor.attrs.set(MADE_ON, deviceNamed('cpu'));
  return tensor;
};

export const deviceOf = (tensor: Value): Value =>
  (tensor.kind === 'instance' ? tensor.attrs.get(MADE_ON) : undefined) ?? unknown('a device');
