/** softmax as one function, where a library has it. */
import { native } from '../../interpreter/native.ts';
import { NONE, unknown } from '../../interpreter/values.ts';
import { spansOf } from '../shared/graph.ts';
import { tensorData } from '../shared/tensor.ts';
import { asArray, atNode } from './elementwise.ts';
import { emitOnce } from './once.ts';
import { asElementwise } from './product.ts';
import { gradient, isGradient } from './state.ts';

export const softmax = native(
  'softmax',
  (args, site, interp) => {
    const value = args.positional[0] ?? args.keywords.get('x') ?? NONE;
    if (isGradient(value)) return gradient(interp);
    const x = asElementwise(interp, tensorData(value), site);
    if (!x) return unknown('softmax of data', site.span);
    const { graph } = x;
    const node = emitOnce(graph, { op: { kind: 'softmax', axis: -1, log: false }, inputs: [x], label: 'softmax', ...spansOf(site) });
    return asArray(interp, atNode(graph, node, x.flipped, site), site);
  },
  'static',
);
