/** A configuration that nobody gives is taken with the defaults of its class. */
import { describe, expect, it } from 'vitest';
import { valueAfter } from '../support/interpret.ts';

const CONFIG = `class Config:
    def __init__(self, width=8, depth=2):
        self.width = width
        self.depth = depth
`;
const net = (head: string, params: string): string =>
  `${CONFIG}${head}    def __init__(self, ${params}):\n        self.w = config.width\ndef make(**kw):\n    return Net(**kw)\nx = Net().w\n`;

describe('a missing argument with an annotation', () => {
  it.each([
    ['of a class', net('class Net:\n', 'config: Config'), '8'],
    ['of a class by its name', net('class Net:\n', "config: 'Config'"), '8'],
    ['of a class or None', net('class Net:\n', 'config: Config | None'), '8'],
    ['of a default', net('class Net:\n', 'config: Config = Config(4)'), '4'],
    ['of the attribute in the class body', net('class Net:\n    config: Config\n', 'config'), '8'],
    ['of the attribute in the body of a base', net('class Base:\n    config: Config\nclass Net(Base):\n', 'config'), '8'],
    ['of the class that config_class names', net('class Net:\n    config_class = Config\n', 'config'), '8'],
    [
      'of a base of what the class body says',
      net('class Base:\n    pass\nclass Wide(Config, Base):\n    pass\nclass Net:\n    config: Wide\n', 'config: Base'),
      '8',
    ],
    ['of a type that is no class of the source', net('class Net:\n', 'config: int'), '?config.width'],
    ['of a class that is not known', net('import nowhere\nclass Net:\n', 'config: nowhere.Config'), '?config.width'],
    [
      'of a class with an unknown base',
      net('import nowhere\nclass Strange(nowhere.Base):\n    pass\nclass Net:\n', 'config: Strange'),
      '?config.width',
    ],
    ['and no annotation', net('class Net:\n', 'config'), '?config.width'],
    [
      'of a dataclass with a required field',
      'from dataclasses import dataclass\n@dataclass\nclass Config:\n    width: int\n    depth: int = 3\ndef f(config: Config):\n    return (config.width, config.depth)\nx = f()',
      '(?width, 3)',
    ],
    ['of itself', 'class A:\n    def __init__(self, a: "A", b: "A"):\n        self.a = a\nx = A().a', '?a'],
  ])('%s', (_, program, expected) => expect(valueAfter(program)).toBe(expected));
});

it('what a dataclass is given beside its fields goes to a __post_init__ that takes it', () => {
  const program = (parameters: string): string => `from dataclasses import dataclass
@dataclass
class Config:
    width: int = 8
    def __post_init__(self${parameters}):
        self.rest = ${parameters ? 'sorted(kwargs)' : '[]'}
c = Config(width=4, labels=5)
x = (c.width, c.rest)
`;
  expect(valueAfter(program(', **kwargs'))).toBe('(4, ["labels"])');
  expect(valueAfter(program(''))).toBe('(4, [])');
});
