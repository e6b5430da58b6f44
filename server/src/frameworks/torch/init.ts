/** torch.nn.init as functions of the interpreter: each draws into its tensor and returns it. */
import { asScalar, asString, bind, native } from '../../interpreter/native.ts';
import type { NativeFunction } from '../../interpreter/values.ts';
import { float, tuple, unknown } from '../../interpreter/values.ts';
import { rootStorage } from '../shared/storage.ts';
import { tensorData } from '../shared/tensor.ts';
import { drawInto } from './filling.ts';
import { calculateGain, INITIALIZERS, torchFans } from './initializers.ts';
import { torchState } from './state.ts';

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
    const { notes } = torchState(interp).graph;
    if (deprecated)
      notes.push({
        note: {
          rule: 'deprecated-init',
          span: site.nameSpan,
          message: `nn.init.${base} is deprecated, its name now ends in an underscore`,
          data: { name: base },
        },
        storage: data?.storage ? rootStorage(data.storage) : null,
      });
    if (!data?.storage) return target;
    const drawn = row.draw(bind(row.signature, args), data.shape ?? data.storage.shape);
    if (drawn.needsMatrix) {
      notes.push({
        note: {
          rule: 'init-on-vector',
          span: site.span,
          message: `${name} needs at least two axes and raises on a vector`,
          data: { name },
        },
        storage: rootStorage(data.storage),
      });
      return target;
    }
    drawInto(interp, data, drawn.distribution, name, site, drawn.declared);
    return target;
  });
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
  calculate_gain: native('calculate_gain', (args, site) => {
    const bound = bind('nonlinearity, param=None', args);
    const name = asString(bound.get('nonlinearity'));
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
