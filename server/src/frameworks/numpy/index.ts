/** Networks written by hand over arrays: numpy and what has its interface, and Theano. */

import { type InstanceValue, str, tuple, type Value } from '../../interpreter/values.ts';
import { unknownDistribution } from '../../network/distribution.ts';
import type { Framework } from '../framework.ts';
import { noteRepeated } from '../shared/notes.ts';
import { activationsIn, joinTensors, opaqueCall } from '../shared/opaque.ts';
import { buildScript, holdsArrays, scriptPieces, settleRoots } from '../shared/script.ts';
import { rootStorage } from '../shared/storage.ts';
import { activationData, tensorData } from '../shared/tensor.ts';
import { emit } from './emit.ts';
import { NUMPY_LIKE, numpyName, scipyName, starNames } from './names.ts';
import { product } from './product.ts';
import { ARRAY, drawn, gradient, isGradient, NAMES, numpyState, storedIn } from './state.ts';
import { THEANO_LIKE, theanoName } from './theano.ts';

const external = (path: string): Value | 'module' | undefined => {
  if (path.endsWith('.*')) return star(path.slice(0, -2));
  for (const name of NUMPY_LIKE) {
    if (path === name) return 'module';
    if (path.startsWith(`${name}.`)) return numpyName(path.slice(name.length + 1));
  }
  if (path === 'scipy' || path === 'autograd') return 'module';
  if (path.startsWith('scipy.')) return scipyName(path.slice('scipy.'.length));
  const [top = ''] = path.split('.');
  if (!THEANO_LIKE.has(top)) return undefined;
  return path === top ? 'module' : theanoName(path.slice(top.length + 1));
};

const star = (base: string): Value | undefined => {
  if (!NUMPY_LIKE.has(base)) return undefined;
  const entries = new Map<string, { key: Value; value: Value }>();
  for (const name of starNames()) {
    const value = external(`${base}.${name}`);
    if (value && value !== 'module') entries.set(`s${name}`, { key: str(name), value });
  }
  return { kind: 'dict', entries, open: false };
};

/** Arrays make no object that is a model. */
const isNoModel = (_value: Value): _value is InstanceValue => false;

export const numpy: Framework = {
  name: 'numpy',
  packages: ['numpy', 'cupy', 'autograd', 'scipy', ...THEANO_LIKE],
  external,
  unknownCall: (callee, args, site, interp) => {
    const given = [...args.positional, ...args.keywords.values()];
    if (given.some(isGradient)) return gradient(interp);
    const { graph } = numpyState(interp);
    // `X.dot(W)` of an X that was loaded.
    const [other] = args.positional;
    if (
      callee.member &&
      other &&
      (callee.member.name === 'dot' || callee.member.name === 'matmul') &&
      tensorData(other)?.graph.framework === 'numpy'
    )
      return product(interp, callee.member.of, other, callee.member.name, site);
    const [first] = [...activationsIn(callee), ...activationsIn(tuple(given))];
    return first?.graph === graph ? opaqueCall(callee, args, site, interp) : undefined;
  },
  join: (a, b, span, interp) => {
    if (isGradient(a) || isGradient(b)) return isGradient(a) && isGradient(b) ? a : gradient(interp);
    const [x, y] = [storedIn(a), storedIn(b)];
    if (x && y && x.graph.framework === 'numpy' && y.graph.framework === 'numpy') {
      if (x.storage === y.storage) return a;
      const same = JSON.stringify(x.shape) === JSON.stringify(y.shape) ? x.shape : null;
      const alike = JSON.stringify(x.storage.init.distribution) === JSON.stringify(y.storage.init.distribution);
      const distribution = alike ? x.storage.init.distribution : unknownDistribution('depends on a condition that is not known');
      return drawn(interp, { shape: same, distribution, name: x.storage.init.name }, { span, nameSpan: span, argSpans: new Map() });
    }
    const first = activationsIn(tuple([a, b]))[0];
    return first?.graph === numpyState(interp).graph ? joinTensors(a, b, span, interp) : undefined;
  },
  named: (value, name, member) => {
    const items = value.kind === 'list' ? value.items.slice(0, 64) : [value];
    for (const [i, one] of items.entries()) {
      const storage = tensorData(one)?.storage;
      if (!storage || tensorData(one)?.graph.framework !== 'numpy') continue;
      const root = rootStorage(storage);
      const known = NAMES.get(root);
      const text = value.kind === 'list' ? `${name}[${i}]` : name;
      if (!known || (member && !known.member)) NAMES.set(root, { name: text, member });
    }
  },
  repeated: (items, times, span, interp) => {
    for (const item of items) {
      const stored = storedIn(item);
      if (stored?.graph.framework === 'numpy') noteRepeated(interp, numpyState(interp).graph, times, span, rootStorage(stored.storage));
    }
  },
  progress: (interp) => {
    const { applied, places, draws, operations } = numpyState(interp);
    return { applied, fresh: places.size, computed: operations, made: draws };
  },
  isModelClass: () => false,
  isModel: isNoModel,
  isPart: (one) => one.cls === ARRAY && activationData(one) === undefined,
  trace: () => null,
  scripts: (interp, from, { entryFor, roots, instances }) => {
    const state = numpyState(interp);
    if (state.graph.nodes.length === from) return [];
    settleRoots(roots);
    return scriptPieces(state.graph, from).flatMap((piece) => {
      const entry = entryFor(piece.span);
      return entry ? [buildScript({ graph: state.graph, piece, entry, roots, instances, spoken: (s) => NAMES.get(s)?.name })] : [];
    });
  },
  holdsArrays: (value) => holdsArrays(value, 'numpy'),
  mark: (interp) => numpyState(interp).graph.nodes.length,
  emit,
};
