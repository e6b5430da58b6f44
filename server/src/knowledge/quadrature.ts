/**
 * Nodes and weights for expectations over a standard normal z: composite Gauss–Legendre on |z| ≤ 10, panels split where the
 * integrand bends and narrowing geometrically towards those points, so that a tanh at variance 1000 is resolved like one at 1.
 */
import { normalDensity } from '../network/normal.ts';

const RANGE = 10;
const PANEL = 2;
const ORDER = 16;

/** Roots of the Legendre polynomial and their weights on [−1, 1], by Newton's method (Abramowitz & Stegun 25.4.29). */
const legendre = (order: number): { readonly x: Float64Array; readonly w: Float64Array } => {
  const x = new Float64Array(order);
  const w = new Float64Array(order);
  for (let i = 0; i < order; i++) {
    let root = Math.cos((Math.PI * (i + 0.75)) / (order + 0.5));
    let slope = 1;
    for (let step = 0; step < 20; step++) {
      let [previous, current] = [1, root];
      for (let k = 2; k <= order; k++) [previous, current] = [current, ((2 * k - 1) * root * current - (k - 1) * previous) / k];
      slope = (order * (root * current - previous)) / (root * root - 1);
      root -= current / slope;
    }
    x[i] = root;
    w[i] = 2 / ((1 - root * root) * slope * slope);
  }
  return { x, w };
};

const RULE = legendre(ORDER);

export interface NormalNodes {
  readonly z: Float64Array;
  /** Include the normal density. */
  readonly weight: Float64Array;
}

/** Panel borders for bends at `at` (in z), each with transitions as wide as `width` (in z). */
const borders = (at: readonly number[], width: number): readonly number[] => {
  const points: number[] = [-RANGE, RANGE];
  for (const centre of at) {
    points.push(centre);
    for (let reach = width / 2; reach < 2 * RANGE && Number.isFinite(reach); reach *= 2) points.push(centre - reach, centre + reach);
  }
  const inside = points.filter((z) => z >= -RANGE && z <= RANGE).sort((a, b) => a - b);
  const edges: number[] = [];
  for (const z of inside) {
    const last = edges.at(-1);
    if (last !== undefined) {
      if (z - last <= 1e-12) continue;
      // What is between bends is cut evenly, into no more panels than its length takes.
      const parts = Math.ceil((z - last) / PANEL);
      for (let i = 1; i < parts; i++) edges.push(last + ((z - last) * i) / parts);
    }
    edges.push(z);
  }
  return edges;
};

const build = (at: readonly number[], width: number): NormalNodes => {
  const edges = borders(at, width);
  const count = (edges.length - 1) * ORDER;
  const z = new Float64Array(count);
  const weight = new Float64Array(count);
  for (let panel = 0, n = 0; panel + 1 < edges.length; panel++) {
    const low = edges[panel] as number;
    const half = ((edges[panel + 1] as number) - low) / 2;
    for (let i = 0; i < ORDER; i++, n++) {
      const node = low + half * (1 + (RULE.x[i] as number));
      z[n] = node;
      weight[n] = half * (RULE.w[i] as number) * normalDensity(node);
    }
  }
  return { z, weight };
};

/** Narrower transitions than this look like jumps on the scale of z. */
const NARROWEST = 1e-6;

export const normalNodes = (at: readonly number[], width: number): NormalNodes => build(at, Math.max(width, NARROWEST));
