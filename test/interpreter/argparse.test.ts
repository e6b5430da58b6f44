/** argparse: sizes that a script takes from its command line, as they are when nothing is given. */
import { describe, expect, it } from 'vitest';
import { networkOf, parametersOf, shapeText } from '../frameworks/torch/summary.ts';

const shapeWith = (lines: string, size: string): string => {
  const text = `import argparse\nparser = argparse.ArgumentParser()\n${lines}\ndef build():\n    return nn.Linear(3, ${size})\n`;
  return shapeText(parametersOf(networkOf(text))[0]?.shape ?? null);
};
const parsed = (argument: string, more = ''): string => `${argument}\nargs = parser.parse_args()${more}`;

describe('argparse', () => {
  it.each([
    ['a default', parsed("parser.add_argument('--hidden', type=int, default=64)"), 'args.hidden', '(64, 3)'],
    ['a default that is text', parsed("parser.add_argument('--hidden', type=int, default='32')"), 'args.hidden', '(32, 3)'],
    ['the long name', parsed("parser.add_argument('-n', '--hidden-size', default=16)"), 'args.hidden_size', '(16, 3)'],
    ['dest', parsed("parser.add_argument('-n', dest='width', default=8)"), 'args.width', '(8, 3)'],
    ['a flag', parsed("parser.add_argument('--big', action='store_true')"), '9 if args.big else 5', '(5, 3)'],
    ['a group', parsed("g = parser.add_argument_group('model')\ng.add_argument('--d', default=7)"), 'args.d', '(7, 3)'],
    ['set_defaults', parsed("parser.add_argument('--d', default=7)\nparser.set_defaults(d=6)"), 'args.d', '(6, 3)'],
    ['set afterwards', parsed("parser.add_argument('--d', default=7)", '\nargs.d = args.d * 2'), 'args.d', '(14, 3)'],
    ['known arguments', "parser.add_argument('--d', default=7)\nargs, rest = parser.parse_known_args()", 'args.d', '(7, 3)'],
    ['what must be given is a symbol', parsed("parser.add_argument('width', type=int)"), 'args.width', '(width, 3)'],
  ])('%s', (_, lines, size, shape) => {
    expect(shapeWith(lines, size)).toBe(shape);
  });
});
