/**
 * Which axis of a tensor has the units, and what its moments are to a layer that sums over another one: behind a transpose a layer
 * mixes positions, and what were units are positions to it.
 */
import type { Op } from '../network/op.ts';
import { isNumber, type Shape } from '../network/scalar.ts';
import { spatialAxes } from '../network/shapes.ts';
import { type Gradient, gaussianState, gradientOf, placeOf, type State, sampleOf } from './state.ts';

/** Units seen as positions and positions as units. Two samples at one unit's two positions then share no more than their means. */
export const transposed = (x: State): State => {
  const mean2 = x.m * x.m;
  return gaussianState(
    { m: x.m, q: x.q, r: mean2, u: sampleOf(x) - mean2 },
    { ...x, near: { sample: mean2 + x.u, place: placeOf(x) }, unit: null, profile: null, parts: null, series: null },
  );
};

export const transposedGradient = (gradient: Gradient): Gradient =>
  gradientOf(gradient.g, { ...gradient, c: gradient.tokens, tokens: gradient.c });

/** The state as a layer sees it that sums over `axis`. */
export const facing = (x: State, axis: number | null): State => (turns(x, axis) ? transposed(x) : x);

export const turns = (x: State, axis: number | null): boolean => x.unit !== null && axis !== null && x.unit !== axis;

export const lastAxis = (shape: Shape | null | undefined): number | null => (shape ? shape.length - 1 : null);

/** Axis over which an op sums or normalises; null where it treats all axes alike. */
export const facedAxis = (op: Op, shape: Shape | null | undefined): number | null => {
  if (!shape) return null;
  switch (op.kind) {
    case 'dense':
    case 'attention':
      return shape.length - 1;
    case 'layerNorm':
      return op.axes.length === 1 ? shape.length - 1 : null;
    case 'conv':
    case 'convTranspose':
      return spatialAxes(shape, op.rank, op.channelAxis)?.channel ?? null;
    case 'batchNorm':
    case 'groupNorm':
    case 'instanceNorm':
      return op.channelAxis === 1 ? 1 : shape.length - 1;
    default:
      return null;
  }
};

const sizeAt = (shape: Shape, axis: number): number | undefined => {
  const size = shape[axis];
  return size !== undefined && isNumber(size) ? size : undefined;
};

/** Axis of the units in an op's output. */
export const unitOf = (op: Op, inputs: readonly State[], inputShape: Shape | null | undefined, shape: Shape | null): number | null => {
  if (shape === null) return null;
  const unit = inputs[0]?.unit ?? null;
  switch (op.kind) {
    case 'dense':
    case 'oneHot':
    case 'embedding':
    case 'attention':
    case 'recurrent':
      return shape.length - 1;
    case 'conv':
    case 'convTranspose':
    case 'batchNorm':
    case 'groupNorm':
    case 'instanceNorm':
      return facedAxis(op, shape);
    case 'permute': {
      const at = unit === null ? -1 : op.axes.indexOf(unit);
      return at < 0 ? null : at;
    }
    case 'reshape':
    case 'flatten': {
      if (unit === null || !inputShape) return null;
      if (unit === inputShape.length - 1) return shape.length - 1;
      // Axes up to the unit's are as they were.
      for (let axis = 1; axis <= unit; axis++) if (sizeAt(inputShape, axis) !== sizeAt(shape, axis)) return null;
      return unit;
    }
    default:
      return inputShape && inputShape.length === shape.length ? unit : null;
  }
};
