/**
 * Seeded random numbers as a function of a stream and an index, so that every backend draws the same weights and the same seed
 * gives the same picture. Hash: PCG (Jarzynski & Olano 2020, "Hash Functions for GPU Rendering", JCGT 9(3)), two rounds.
 * Normals come from the inverse error function of Giles 2012, "Approximating the erfinv function", single precision.
 */

export interface Stream {
  readonly a: number;
  readonly b: number;
}

/** What a draw turns the uniform u of (0, 1) into: low + (high − low)·u, or √2·erfinv of that. */
export interface Draw {
  readonly stream: Stream;
  readonly low: number;
  readonly high: number;
  readonly normal: boolean;
}

export const pcg = (value: number): number => {
  const state = (Math.imul(value, 747796405) + 2891336453) >>> 0;
  const word = Math.imul((state >>> ((state >>> 28) + 4)) ^ state, 277803737) >>> 0;
  return ((word >>> 22) ^ word) >>> 0;
};

/** The stream of a name under a seed: FNV-1a over the name, then two unrelated hashes of it. */
export const stream = (seed: number, name: string): Stream => {
  let hash = 2166136261;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619) >>> 0;
  const start = pcg((hash ^ pcg(seed >>> 0)) >>> 0);
  return { a: start, b: pcg((start ^ 0x9e3779b9) >>> 0) };
};

/** 24 bits, never 0 nor 1: (k + ½)/2²⁴. */
export const uniformAt = (s: Stream, index: number): number => {
  const bits = pcg((pcg((index ^ s.a) >>> 0) + s.b) >>> 0);
  return ((bits >>> 8) + 0.5) / 16777216;
};

const CENTRAL = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 2.1858087e-4, -1.25372503e-3, -4.17768164e-3, 0.246640727, 1.50140941,
];
const TAIL = [
  -2.00214257e-4, 1.00950558e-4, 1.34934322e-3, -3.67342844e-3, 5.73950773e-3, -7.6224613e-3, 9.43887047e-3, 1.00167406, 2.83297682,
];

export const inverseErf = (x: number): number => {
  const w = -Math.log((1 - x) * (1 + x));
  const [coefficients, t] = w < 5 ? [CENTRAL, w - 2.5] : [TAIL, Math.sqrt(w) - 3];
  let p = 0;
  for (const c of coefficients) p = p * t + c;
  return p * x;
};

export const drawAt = ({ stream: s, low, high, normal }: Draw, index: number): number => {
  const u = low + (high - low) * uniformAt(s, index);
  return normal ? Math.SQRT2 * inverseErf(Math.min(Math.max(u, -0.99999994), 0.99999994)) : u;
};

export const drawValues = (draw: Draw, size: number): Float32Array => {
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) values[i] = drawAt(draw, i);
  return values;
};

/** The same in the syntax that GLSL ES 3.00 and WGSL share, from the declarations that each spells its own way. */
export const polynomial = (): { readonly central: string; readonly tail: string } => {
  const horner = (coefficients: readonly number[], t: string): string =>
    coefficients.map((c) => c.toExponential(8)).reduce((p, c) => `(${p}) * ${t} + ${c}`);
  return { central: horner(CENTRAL, 't'), tail: horner(TAIL, 't') };
};
