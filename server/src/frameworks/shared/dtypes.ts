/** Data types of tensors by their usual names, and what two of them give together. Null: not known. */
import type { Op } from '../../network/op.ts';

export type DType = string;

interface Kind {
  readonly category: 'bool' | 'integer' | 'float' | 'complex';
  readonly bits: number;
}

const kinds = (category: Kind['category'], sizes: Readonly<Record<string, number>>): [DType, Kind][] =>
  Object.entries(sizes).map(([name, bits]) => [name, { category, bits }]);

export const DTYPES: ReadonlyMap<DType, Kind> = new Map([
  ...kinds('bool', { bool: 8 }),
  ...kinds('integer', { uint8: 8, int8: 8, int16: 16, int32: 32, int64: 64, uint16: 16, uint32: 32, uint64: 64 }),
  ...kinds('float', { float8_e4m3fn: 8, float8_e5m2: 8, float16: 16, bfloat16: 16, float32: 32, float64: 64 }),
  ...kinds('complex', { complex32: 32, complex64: 64, complex128: 128 }),
]);

const ORDER: readonly Kind['category'][] = ['bool', 'integer', 'float', 'complex'];

export const isFloating = (dtype: DType): boolean => DTYPES.get(dtype)?.category === 'float';

export const isWhole = (dtype: DType): boolean => ['bool', 'integer'].includes(DTYPES.get(dtype)?.category ?? '');

/** Types that a step of an optimizer cannot move: whole numbers, and floats of 8 bits, which store what was quantised. */
export const isStorageOnly = (dtype: DType): boolean => DTYPES.get(dtype)?.bits === 8 || isWhole(dtype);

/** The type of `a op b` for tensors: the higher category, in it the wider type; two halves of different make give a whole float. */
export const promoted = (a: DType | null, b: DType | null): DType | null => {
  if (a === b) return a;
  const [one, other] = [DTYPES.get(a ?? ''), DTYPES.get(b ?? '')];
  if (!one || !other) return null;
  if (one.category !== other.category) return ORDER.indexOf(one.category) > ORDER.indexOf(other.category) ? a : b;
  if (one.bits !== other.bits) return one.bits > other.bits ? a : b;
  return one.category === 'float' ? 'float32' : null;
};

/** Ops under which integers stay integers. */
const WHOLE: ReadonlySet<Op['kind']> = new Set([
  'flatten',
  'reshape',
  'permute',
  'pad',
  'upsample',
  'add',
  'sub',
  'mul',
  'maximum',
  'concat',
  'slice',
  'identity',
]);

/** The type of an op's output from those of what it computes with. */
export const outputType = (op: Op, inputs: readonly (DType | null)[], params: boolean): DType | null => {
  if (op.kind === 'embedding') return 'float32';
  const all = params ? [...inputs, 'float32'] : inputs;
  const dtype = all.length === 0 ? null : all.reduce(promoted);
  return dtype === null || !isWhole(dtype) || WHOLE.has(op.kind) ? dtype : null;
};
