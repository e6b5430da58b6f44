/** Theano's symbolic tensors, as far as the layers of Lasagne need them: operators, shapes, and values that are set. */
import { nativeClass } from '../../interpreter/native.ts';
import type { ClassValue, NativeCall, NativeFunction } from '../../interpreter/values.ts';
import { NONE, unknown } from '../../interpreter/values.ts';
import { unknownDistribution } from '../../network/distribution.ts';
import { shapeOf } from '../shared/graph.ts';
import { OPERATOR_METHODS } from '../shared/operators.ts';
import { shapeToValue } from '../shared/shapeValues.ts';
import { draw, markLoaded } from '../shared/storage.ts';
import { derived, emit, emitOpaque, tensorData } from '../shared/tensor.ts';

const property = (name: string, call: NativeCall): NativeFunction => ({ kind: 'native', name, call, binding: 'property' });

/** `W.set_value(…)`: an array that was drawn, else something loaded. */
const setValue: NativeCall = (args, site, interp) => {
  const storage = tensorData(args.positional[0])?.storage;
  if (!storage) return NONE;
  const source = tensorData(args.positional[1] ?? args.keywords.get('new_value'))?.storage;
  if (!source) {
    markLoaded(storage, interp);
    return NONE;
  }
  const { distribution, name } = source.init;
  draw(storage, { distribution, source: 'call', name, span: source.init.span ?? site.span, generic: false }, interp);
  return NONE;
};

const transposed: NativeCall = (args, site, interp) => {
  const x = tensorData(args.positional[0]);
  if (!x) return unknown('a transpose', site.span);
  const shape = shapeOf(x);
  if (x.node === null) {
    const { storage } = x;
    const back = shape ? [...shape].reverse() : null;
    return storage
      ? derived(interp, x, storage.init.distribution ?? unknownDistribution('transposed'), back, site)
      : unknown('a transpose', site.span);
  }
  const axes = shape?.map((_, i) => shape.length - 1 - i);
  if (!axes) return emitOpaque(interp, x.graph, 'T', 'a transpose of unknown rank', [x], site);
  return emit(interp, x.graph, { op: { kind: 'permute', axes }, inputs: [x], label: 'T' }, site);
};

export const TENSOR: ClassValue = nativeClass('theano.tensor.TensorVariable', [], {
  ...OPERATOR_METHODS,
  shape: property('shape', (args) => {
    const x = tensorData(args.positional[0]);
    return shapeToValue(x ? shapeOf(x) : null);
  }),
  T: property('T', transposed),
  set_value: setValue,
});
