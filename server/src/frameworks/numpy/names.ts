/** What dotted names of numpy and its relatives mean. */

import { native } from '../../interpreter/native.ts';
import { standardModule } from '../../interpreter/stdlib/index.ts';
import type { Value } from '../../interpreter/values.ts';
import { float, NONE, unknown } from '../../interpreter/values.ts';
import { LINALG, RANDOM, truncnorm } from './creation.ts';
import { FUNCTIONS, onArrays, opaque } from './functions.ts';
import { softmax } from './softmax.ts';
import { ARRAY } from './state.ts';
import './methods.ts';

/** Packages with numpy's interface. */
export const NUMPY_LIKE: ReadonlySet<string> = new Set(['numpy', 'cupy', 'autograd.numpy', 'mxnet.np']);

const nothing = native('nothing', () => NONE, 'static');

/** `np.c_[a, b]`, `np.r_[a, b]`: what is joined is not followed. */
const bracket = (name: string): Value => unknown(`np.${name}`);

const NUMPY: ReadonlyMap<string, Value> = new Map<string, Value>([
  ...FUNCTIONS,
  ['ndarray', ARRAY],
  ['pi', float(Math.PI)],
  ['e', float(Math.E)],
  ['newaxis', NONE],
  ['inf', unknown('infinity')],
  ['c_', bracket('c_')],
  ['r_', bracket('r_')],
  ['shape', onArrays('shape', (args, site, interp) => interp.getAttr(args.positional[0] ?? NONE, 'shape', site.span))],
  ...['seterr', 'set_printoptions', 'save', 'savez', 'savetxt'].map((name): [string, Value] => [name, nothing]),
  ...['std', 'var', 'min', 'amin', 'argmax', 'argmin', 'prod', 'cumsum', 'tile', 'repeat', 'pad', 'roll', 'flip', 'stack', 'split'].map(
    (name): [string, Value] => [
      name,
      onArrays(name, (args, site, interp) => {
        const plain = name === 'prod' ? standardModule('numpy')?.get(name) : undefined;
        return plain && !args.positional.some((v) => v.kind === 'instance')
          ? interp.call(plain, args, site)
          : opaque(interp, args, name, site);
      }),
    ],
  ),
]);

const SPECIAL: ReadonlyMap<string, Value> = new Map<string, Value>([
  ...['expit', 'erf', 'log_expit'].flatMap((name): [string, Value][] => {
    const fn = FUNCTIONS.get(name);
    return fn ? [[name, fn]] : [];
  }),
  ['softmax', softmax],
]);

const HIDDEN = new Set(['expit', 'erf', 'log_expit', 'softplus']);

const TABLES: Readonly<Record<string, ReadonlyMap<string, Value>>> = {
  random: RANDOM,
  linalg: LINALG,
};

/** A name below numpy: 'random.randn', 'tanh'. */
export const numpyName = (path: string): Value | 'module' | undefined => {
  const [namespace, name] = path.split('.') as [string, string | undefined];
  if (name === undefined) {
    if (namespace in TABLES || namespace === 'fft' || namespace === 'lib') return 'module';
    // Only scipy has these.
    if (HIDDEN.has(namespace)) return undefined;
    return NUMPY.get(namespace) ?? standardModule('numpy')?.get(namespace);
  }
  return TABLES[namespace]?.get(name);
};

/** A name below scipy. */
export const scipyName = (path: string): Value | 'module' | undefined => {
  if (['special', 'stats', 'linalg', 'optimize', 'io', 'sparse', 'signal', 'ndimage'].includes(path)) return 'module';
  const [namespace, name] = path.split('.') as [string, string | undefined];
  if (name === undefined) return undefined;
  if (namespace === 'special') return SPECIAL.get(name);
  if (namespace === 'stats') return name === 'truncnorm' ? truncnorm : undefined;
  return namespace === 'linalg' ? LINALG.get(name) : undefined;
};

/** What `from numpy import *` binds. */
export const starNames = (): readonly string[] => [...NUMPY.keys()].filter((name) => !HIDDEN.has(name));
