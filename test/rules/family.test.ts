/** Families are read off the variance, so a formula and the call that computes it are the same. */
import { describe, expect, it } from 'vitest';
import { add, type Dim, div, scalarOp, symbol } from '../../server/src/network/scalar.ts';
import { familyOf } from '../../server/src/rules/family.ts';
import {
  constant,
  type Draw,
  glorot,
  glorot4,
  he,
  lecun,
  NetworkBuilder,
  normal,
  orthogonal,
  third,
  uniform,
  unknown,
  varianceScaling,
} from '../support/networks.ts';

const sqrt = (x: Dim): Dim => scalarOp('sqrt', x);
const family = (draw: Draw, fanIn: Dim = 300, fanOut: Dim = 100) => {
  const found = familyOf(new NetworkBuilder().parameter('weight', [fanOut, fanIn], { fanIn, fanOut }, draw));
  return found.name === 'glorot' ? `glorot ${Number(found.gain.toFixed(2))}` : found.name;
};
const [n, m] = [symbol('n'), symbol('m')];
const limit =
  (draw: (fans: { fanIn: Dim; fanOut: Dim }) => Dim): Draw =>
  (fans) => {
    const bound = draw(fans);
    return { kind: 'uniform', low: scalarOp('-', 0, bound), high: bound };
  };

describe('families', () => {
  it.each<[string, Draw, string]>([
    ['He', he, 'he'],
    ['He over fan_out', varianceScaling(2, 'fanOut'), 'he'],
    ['He for a slope of 0.2', varianceScaling(2 / 1.04, 'fanIn'), 'he'],
    ['Glorot', glorot, 'glorot 1'],
    ['Glorot × 4', glorot4, 'glorot 4'],
    ['LeCun', lecun, 'lecun'],
    ['U(±1/√n)', third, 'third'],
    ['tanh gain over fan_in', varianceScaling(25 / 9, 'fanIn'), 'scaled'],
    ['orthogonal', orthogonal(1), 'orthogonal'],
    ['zeros', constant(0), 'constant'],
    ['unknown', unknown, 'unknown'],
    [
      'randn · √(2/n)',
      ({ fanIn }) => ({ kind: 'affine', of: { kind: 'normal', mean: 0, std: 1 }, factor: sqrt(div(2, fanIn)), offset: 0 }),
      'he',
    ],
    ['normal(std=√(2/(n + m)))', ({ fanIn, fanOut }) => ({ kind: 'normal', mean: 0, std: sqrt(div(2, add(fanIn, fanOut))) }), 'glorot 1'],
    ['uniform(±√(6/(n + m)))', limit(({ fanIn, fanOut }) => sqrt(div(6, add(fanIn, fanOut)))), 'glorot 1'],
    ['uniform(±4√(6/(n + m)))', limit(({ fanIn, fanOut }) => scalarOp('*', 4, sqrt(div(6, add(fanIn, fanOut))))), 'glorot 4'],
    ['uniform(±1/√n)', limit(({ fanIn }) => div(1, sqrt(fanIn))), 'third'],
    ['normal(std=1/√n)', ({ fanIn }) => ({ kind: 'normal', mean: 0, std: div(1, sqrt(fanIn)) }), 'lecun'],
  ])('%s, with numbers and with symbols', (_, draw, expected) => {
    expect(family(draw)).toBe(expected);
    expect(family(draw, n, m)).toBe(expected);
  });

  it.each<[string, Draw, string]>([
    ['N(0, 0.01)', normal(0.01), 'fixed'],
    ['U(±0.05)', uniform(-0.05, 0.05), 'fixed'],
    ['N(0, 1)', normal(1), 'unitNormal'],
    ['U(0, 1)', uniform(0, 1), 'offset'],
  ])('%s does not hang on the fan', (_, draw, expected) => {
    expect(family(draw)).toBe(expected);
    expect(family(draw, n, m)).toBe(expected);
  });

  it('a std that hangs on something else is not known', () => {
    expect(family(normal(symbol('std')))).toBe('unknown');
    expect(family(normal(div(1, symbol('k'))), n, m)).toBe('unknown');
  });

  it('what the framework’s fans name is that, whatever the signal’s fans come near', () => {
    // Six groups, drawn with std √(2/(k·k·out)): a third of LeCun's variance by coincidence. A stride of 2, with LeCun's.
    const named = (own: { fanIn: number; fanOut: number }, framework: { fanIn: number; fanOut: number }): string =>
      familyOf({
        ...new NetworkBuilder().parameter('weight', [48, 8, 3, 3], own, normal(Math.sqrt(2 / framework.fanOut))),
        frameworkFans: framework,
      }).name;
    expect(named({ fanIn: 72, fanOut: 72 }, { fanIn: 72, fanOut: 432 })).toBe('he');
    expect(named({ fanIn: 144, fanOut: 72 }, { fanIn: 144, fanOut: 288 })).toBe('he');
  });

  it('equal variance is equal: N(0, 0.1) on 100 inputs is LeCun', () => expect(family(normal(0.1), 100, 50)).toBe('lecun'));
});
