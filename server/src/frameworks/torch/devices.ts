/** `torch.device`: devices that the source names, and the default one. Tensors are on the CPU until something is moved. */

import type { Interpreter } from '../../interpreter/api.ts';
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

/** Says where a tensor is: on the device that the arguments name, else where `like` is. */
export const placeBy = (args: Args, tensor: Value, like?: Value): Value => {
  if (tensor.kind !== 'instance') return tensor;
  const given = args.keywords.get('device');
  const named = given && given.kind !== 'none' ? nameOf(given) : undefined;
  if (named !== undefined) tensor.attrs.set(MADE_ON, deviceNamed(named));
  else if (args.open || (given && given.kind !== 'none')) tensor.attrs.set(MADE_ON, unknown('a device'));
  else if (like?.kind === 'instance') {
    const there = like.attrs.get(MADE_ON);
    if (there) tensor.attrs.set(MADE_ON, there);
  } else tensor.attrs.set(MADE_ON, deviceNamed('cpu'));
  return tensor;
};

/** The device that `x.to(…)`, `x.cuda()` move to; null where it may be any, undefined where none is named. */
const movesTo = (name: string, args: Args): string | null | undefined => {
  if (name === 'cpu') return 'cpu';
  if (name !== 'to') return ['cuda', 'xpu', 'ipu'].includes(name) ? name : undefined;
  if (args.open) return null;
  const given = [...args.positional.slice(1), ...[...args.keywords].filter(([key]) => key === 'device').map(([, value]) => value)];
  for (const value of given) {
    const named = nameOf(value);
    if (named !== undefined) return named;
    const like = value.kind === 'instance' ? value.attrs.get(MADE_ON) : undefined;
    if (like) return nameOf(like) ?? null;
    if (value.kind === 'unknown') return null;
  }
  return undefined;
};

const MOVED = Symbol('moved');

interface Moved {
  anything: boolean;
}

const movedIn = (interp: Interpreter): Moved => interp.state(MOVED, () => ({ anything: false }));

/** Once something was moved off the CPU, or may have been, where other tensors are is not known. */
export const noteMove = (name: string, args: Args, interp: Interpreter): void => {
  noteDestination(movesTo(name, args), interp);
};

const noteDestination = (to: string | null | undefined, interp: Interpreter): void => {
  const moved = movedIn(interp);
  if (to === undefined || to === 'cpu' || moved.anything) return;
  interp.note(
    () => {
      moved.anything = true;
    },
    () => {
      moved.anything = false;
    },
  );
};

/** Where a tensor is: as it was said, else on the CPU, as torch makes them. */
export const deviceOf = (tensor: Value, interp: Interpreter): Value =>
  (tensor.kind === 'instance' ? tensor.attrs.get(MADE_ON) : undefined) ??
  (movedIn(interp).anything ? unknown('a device') : deviceNamed('cpu'));

/** `x.to(…)`: the tensor where it is then; `copy` makes another one of the same values. */
export const movedTensor = (name: string, args: Args, tensor: Value, interp: Interpreter, copy: () => Value): Value => {
  const to = movesTo(name, args);
  if (to === undefined || nameOf(deviceOf(tensor, interp)) === to) return tensor;
  noteDestination(to, interp);
  const moved = copy();
  if (moved.kind === 'instance') moved.attrs.set(MADE_ON, to === null ? unknown('a device') : deviceNamed(to));
  return moved;
};
