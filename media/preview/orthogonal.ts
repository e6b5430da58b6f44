/**
 * A random matrix with orthonormal rows or columns, whichever are fewer, uniform over all such (Haar): Gram-Schmidt, twice for
 * accuracy, on a Gaussian matrix (Mezzadri 2007, "How to generate random matrices from the classical compact groups", arXiv:math-ph/0609050).
 */
import { drawAt, type Stream } from './random.ts';

/** Multiplications that one matrix may cost; about half a second. */
const LIMIT = 3e8;

/** Row-major rows × columns; null where it would take too long. */
export const orthogonalRows = (rows: number, columns: number, stream: Stream): Float32Array | null => {
  const [long, short] = rows >= columns ? [rows, columns] : [columns, rows];
  if (long * short * short > LIMIT) return null;
  const draw = { stream, low: -1, high: 1, normal: true };
  const vectors: Float64Array[] = [];
  for (let i = 0; i < short; i++) {
    const v = Float64Array.from({ length: long }, (_, j) => drawAt(draw, i * long + j));
    for (const u of [...vectors, ...vectors]) subtractProjection(v, u);
    scale(v, 1 / Math.sqrt(dot(v, v)));
    vectors.push(v);
  }
  const values = new Float32Array(rows * columns);
  vectors.forEach((v, i) => {
    for (let j = 0; j < long; j++) values[rows >= columns ? j * columns + i : i * columns + j] = v[j] as number;
  });
  return values;
};

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
};

const scale = (v: Float64Array, factor: number): void => {
  for (let i = 0; i < v.length; i++) v[i] = (v[i] as number) * factor;
};

const subtractProjection = (v: Float64Array, u: Float64Array): void => {
  const along = dot(u, v);
  for (let i = 0; i < v.length; i++) v[i] = (v[i] as number) - along * (u[i] as number);
};
