/** Images as they are stored, numbers from 0 to 255: followed through casts, reshapes and arithmetic with numbers until a model gets them. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, native, nativeClass } from '../../interpreter/native.ts';
import type { CallSite, ClassValue, InstanceValue, NativeCall, Value } from '../../interpreter/values.ts';
import { unknown } from '../../interpreter/values.ts';
import type { Fed } from '../../network/training.ts';
import type { Graph } from './graph.ts';

interface Pixels {
  readonly kind: 'pixels';
  readonly fed: Fed;
}

export const pixelsIn = (value: Value | undefined): Fed | undefined => {
  if (value?.kind !== 'instance') return undefined;
  const data = value.data as Pixels | undefined | null;
  return data && typeof data === 'object' && data.kind === 'pixels' ? data.fed : undefined;
};

const made = (interp: Interpreter, fed: Fed): InstanceValue => interp.newInstance(PIXELS, { kind: 'pixels', fed } satisfies Pixels, null);

/** What `f` makes of both ends; f is monotone. */
const scaled =
  (f: (x: number, by: number) => number): NativeCall =>
  (args, site, interp) => {
    const fed = pixelsIn(args.positional[0]);
    const by = asNumber(args.positional[1]);
    if (!fed || by === undefined) return unknown('what is made of images', site.span);
    const ends = [f(fed.low, by), f(fed.high, by)];
    return ends.every(Number.isFinite) ? made(interp, { ...fed, low: Math.min(...ends), high: Math.max(...ends) }) : unknown('images');
  };

const same: NativeCall = (args) => args.positional[0] ?? unknown('images');

const ARITHMETIC: Readonly<Record<string, (x: number, by: number) => number>> = {
  __truediv__: (x, by) => x / by,
  __mul__: (x, by) => x * by,
  __rmul__: (x, by) => x * by,
  __sub__: (x, by) => x - by,
  __add__: (x, by) => x + by,
  __radd__: (x, by) => x + by,
  div: (x, by) => x / by,
  div_: (x, by) => x / by,
  mul: (x, by) => x * by,
  sub: (x, by) => x - by,
  add: (x, by) => x + by,
};

/** Casts, new shapes and parts leave the values as they are. */
const SAME = [
  ...['__getitem__', 'astype', 'reshape', 'copy', 'squeeze', 'transpose', 'numpy', 'flatten'],
  ...['float', 'double', 'half', 'to', 'type', 'cuda', 'cpu', 'view', 'unsqueeze', 'permute', 'contiguous', 'clone'],
  ...['toFloat', 'cast', 'asType', 'expandDims'],
];

const PIXELS: ClassValue = nativeClass('images', [], {
  ...Object.fromEntries(SAME.map((name) => [name, same])),
  ...Object.fromEntries(Object.entries(ARITHMETIC).map(([name, f]) => [name, scaled(f)])),
});

export const pixels = (interp: Interpreter, name: string, site: CallSite): InstanceValue =>
  made(interp, { low: 0, high: 255, name, span: site.nameSpan });

/** A function that gives images as they are stored. */
export const pixelFunction = (name: string, give: (images: () => Value) => Value): Value =>
  native(name, (_args, site, interp) => give(() => pixels(interp, name, site)), 'static');

/** The model is given these values, where they are images. */
export const feed = (graph: Graph, model: InstanceValue, value: Value | undefined): void => {
  const fed = pixelsIn(value);
  if (fed && !graph.training.fed.has(model)) graph.training.fed.set(model, fed);
};
