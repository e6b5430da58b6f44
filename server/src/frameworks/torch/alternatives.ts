/** Two modules of which an unknown condition chooses one: called, both are followed and what they give is joined. */
import type { Interpreter } from '../../interpreter/api.ts';
import { nativeClass } from '../../interpreter/native.ts';
import type { Value } from '../../interpreter/values.ts';
import { unknown } from '../../interpreter/values.ts';
import type { Span } from '../../text/span.ts';
import { joinTensors } from '../shared/opaque.ts';
import { ALTERNATIVES_PATH, isModule } from './module.ts';
import { MODULE } from './state.ts';

const NESTING = 3;

const ALTERNATIVES = nativeClass(ALTERNATIVES_PATH, [MODULE], {
  forward: (args, site, interp) => {
    const [self, ...rest] = args.positional;
    if (self?.kind !== 'instance') return unknown('modules that are not known', site.span);
    const inner = { ...args, positional: rest };
    const results = ['either', 'or'].map((name) => interp.call(self.attrs.get(name) ?? unknown(name), inner, site));
    const [a, b] = results as [Value, Value];
    return a === b
      ? a
      : (joinTensors(a, b, site.span, interp) ?? { ...unknown('depends on a condition that is not known', site.span), from: results });
  },
});

const depthOf = (value: Value | undefined): number =>
  value?.kind === 'instance' && value.cls === ALTERNATIVES
    ? 1 + Math.max(depthOf(value.attrs.get('either')), depthOf(value.attrs.get('or')))
    : 0;

export const joinModules = (a: Value, b: Value, _span: Span, interp: Interpreter): Value | undefined => {
  if (!isModule(a) || !isModule(b) || Math.max(depthOf(a), depthOf(b)) >= NESTING) return undefined;
  const both = interp.newInstance(ALTERNATIVES, undefined, null);
  both.attrs.set('either', a);
  both.attrs.set('or', b);
  both.options = [a, b];
  return both;
};
