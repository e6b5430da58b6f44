/** What other classes of a file say counts for a class; an edit of theirs leaves the answer that a fresh look would give. */
import { expect, it } from 'vitest';
import { type Analyzer, createAnalyzer } from '../../server/src/analyze.ts';
import { memoryHost } from '../../server/src/text/host.ts';
import { parser } from '../support/parser.ts';

const create = (): Analyzer => createAnalyzer(memoryHost({}), parser);
const rules = (text: string, analyzer = create()): readonly string[] =>
  analyzer.analyze('m.py', text).findings.map(({ rule, severity }) => `${severity} ${rule}`);

/** Each text after the one before it, beside a fresh look at it. */
const edited = (texts: readonly string[]): readonly (readonly string[])[] => {
  const analyzer = create();
  return texts.map((text) => {
    const found = rules(text, analyzer);
    expect(found).toEqual(rules(text));
    return found;
  });
};

const HEAD = 'import torch\nfrom torch import nn\n';
const other = (body: string): string => `class Other(nn.Module):\n    def init(self, m):\n        ${body}\n`;

it('a class that another one names may be drawn by it', () => {
  const part = `${HEAD}class Part(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(64, 64)
        self.b = nn.Linear(64, 4)
        nn.init.zeros_(self.a.weight)
    def forward(self, x):
        return self.b(torch.relu(self.a(x)))
`;
  const [named, alone, again] = edited(
    ['return isinstance(m, Part)', 'return None', 'return isinstance(m, Part)'].map((b) => part + other(b)),
  );
  expect(alone).toEqual(['error constant-weights']);
  expect([named, again]).toEqual([[], []]);
});

it('a function that trains any model is meant for the only one', () => {
  const net = `${HEAD}class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(64, 10)
    def forward(self, x):
        return torch.softmax(self.a(x), 1)
def train(model, loader):
    for x, y in loader:
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
`;
  const [alone, two] = edited([net, `${net}class Encoder(nn.Module):\n    def forward(self, x):\n        return x\n`]);
  expect(alone).toEqual(['warning softmax-before-cross-entropy']);
  expect(two).toEqual([]);
});
