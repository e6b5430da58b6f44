/** torch.nn.init as functions of the interpreter: each draws into its tensor and returns it. */

import type { Interpreter } from '../../interpreter/api.ts';
import { asScalar, asString, bind, native } from '../../interpreter/native.ts';
import type { CallSite, NativeFunction } from '../../interpreter/values.ts';
import { float, tuple, unknown } from '../../interpreter/values.ts';
import { addNote, nearestName, noteVector } from '../shared/notes.ts';
import { rootStorage, type Storage } from '../shared/storage.ts';
import { tensorData } from '../shared/tensor.ts';
import { drawInto } from './filling.ts';
import { calculateGain, INITIALIZERS, torchFans } from './initializers.ts';
import { isGeneric, torchState } from './state.ts';

const initializer = (base: string, deprecated: boolean): NativeFunction => {
  const name = deprecated ? base : `${base}_`;
  return native(name, (args, site, interp) => {
    const row = INITIALIZERS[base];
    const target = args.positional[0] ?? args.keywords.get('tensor');
    const data = tensorData(target);
    if (target?.kind === 'unknown' && target.options)
      return interp.eachWay(target.options, site.span, (option) =>
        initializer(base, deprecated).call({ ...args, positional: [option, ...args.positional.slice(1)] }, site, interp),
      );
    if (!row || !target) return unknown('an initializer without a tensor', site.span);
    const { graph } = torchState(interp);
    if (deprecated)
      addNote(
        interp,
        graph,
        {
          rule: 'deprecated-init',
          span: site.nameSpan,
          message: `\`nn.init.${base}\` is deprecated: since PyTorch 0.4 what fills in place ends in an underscore`,
          data: { from: base, to: `${base}_` },
        },
        { storage: data?.storage ? rootStorage(data.storage) : null },
      );
    if (!data?.storage) return target;
    const bound = bind(row.signature, args);
    const root = rootStorage(data.storage);
    const drawn = row.draw(bound, data.shape ?? data.storage.shape);
    if (drawn.needsMatrix) {
      noteVector(interp, graph, { name, storage: root, span: site.span, data: { instead: 'zeros_', generic: isGeneric(interp) } });
      return { ...unknown(`${name} raises on a vector`, site.span), raises: true };
    }
    if (noteNonlinearity(asString(bound.get('nonlinearity')), bound.key('nonlinearity'), site, root, interp))
      return { ...unknown(`${name} raises`, site.span), raises: true };
    drawInto(interp, data, drawn.distribution, name, site, drawn.declared);
    return target;
  });
};

const NONLINEARITIES = ['linear', 'sigmoid', 'tanh', 'relu', 'leaky_relu', 'selu'];

/** Activations that `calculate_gain` does not know, by one whose gain is near theirs. */
const SIMILAR: Readonly<Record<string, string>> = {
  relu6: 'relu',
  gelu: 'relu',
  silu: 'relu',
  swish: 'relu',
  hardswish: 'relu',
  mish: 'relu',
  elu: 'relu',
  celu: 'relu',
  softplus: 'relu',
  prelu: 'leaky_relu',
  rrelu: 'leaky_relu',
  lrelu: 'leaky_relu',
  softmax: 'linear',
  identity: 'linear',
  none: 'linear',
};

/** A nonlinearity that `calculate_gain` has no gain for: it raises. */
const noteNonlinearity = (
  given: string | undefined,
  key: number | string | undefined,
  site: CallSite,
  storage: Storage | null,
  interp: Interpreter,
): boolean => {
  if (given === undefined || key === undefined || calculateGain(given, 0) !== undefined) return false;
  const to = SIMILAR[given.toLowerCase().replace(/[^a-z0-9]/g, '')] ?? nearestName(given, NONLINEARITIES);
  if (interp.trying === 0)
    addNote(
      interp,
      torchState(interp).graph,
      {
        rule: 'unknown-initializer',
        span: site.argSpans.get(key) ?? site.nameSpan,
        message: `torch.nn.init has no gain for the nonlinearity '${given}' and raises`,
        data: { from: given, ...(to ? { to } : {}) },
      },
      { storage },
    );
  return true;
};

const DEPRECATED = new Set([
  'uniform',
  'normal',
  'constant',
  'eye',
  'dirac',
  'xavier_uniform',
  'xavier_normal',
  'kaiming_uniform',
  'kaiming_normal',
  'orthogonal',
  'sparse',
]);

export const INIT: Readonly<Record<string, NativeFunction>> = {
  ...Object.fromEntries(Object.keys(INITIALIZERS).map((base) => [`${base}_`, initializer(base, false)])),
  ...Object.fromEntries([...DEPRECATED].map((base) => [base, initializer(base, true)])),
  calculate_gain: native('calculate_gain', (args, site, interp) => {
    const bound = bind('nonlinearity, param=None', args);
    const name = asString(bound.get('nonlinearity'));
    if (noteNonlinearity(name, bound.key('nonlinearity'), site, null, interp))
      return { ...unknown('calculate_gain raises', site.span), raises: true };
    const gain = name === undefined ? undefined : calculateGain(name, asScalar(bound.get('param')));
    return gain === undefined ? unknown('a gain that is not known', site.span) : float(gain);
  }),
  _calculate_fan_in_and_fan_out: native('_calculate_fan_in_and_fan_out', (args, site) => {
    const data = tensorData(args.positional[0] ?? args.keywords.get('tensor'));
    const { fanIn, fanOut } = torchFans(data?.shape ?? data?.storage?.shape ?? null);
    if (fanIn === null || fanOut === null) return unknown('fans that are not known', site.span);
    return tuple([fanIn, fanOut].map((value) => ({ kind: 'number', value, float: false })));
  }),
  _calculate_correct_fan: native('_calculate_correct_fan', (args, site) => {
    const data = tensorData(args.positional[0]);
    const { fanIn, fanOut } = torchFans(data?.shape ?? data?.storage?.shape ?? null);
    const fan = asString(args.positional[1] ?? args.keywords.get('mode')) === 'fan_out' ? fanOut : fanIn;
    return fan === null ? unknown('a fan that is not known', site.span) : { kind: 'number', value: fan, float: false };
  }),
};
