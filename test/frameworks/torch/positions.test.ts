/** Positions that are computed from token ids: their values are not known, how many there are is, and a table looked up by them has its moments. */
import { expect, it } from 'vitest';
import { computeSignal } from '../../../server/src/signal/engine.ts';
import { networkOf, shapeText } from './summary.ts';

const embedded = (positions: string) =>
  networkOf(`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.table, self.fc = nn.Embedding(99, 8), nn.Embedding(16, 8), nn.Linear(8, 8)
        self.register_buffer('types', torch.zeros((1, 16), dtype=torch.long))
    def forward(self, input_ids):
        x = self.words(input_ids)
${positions.replace(/^/gm, '        ')}
        return self.fc(x + self.table(ids))
`);

it.each([
  [
    'those of the tokens that are no padding',
    'mask = input_ids.ne(1).int()\nids = (torch.cumsum(mask, dim=1).type_as(mask) + 0) * mask\nids = ids.long() + 1',
  ],
  ['a comparison by function', 'ids = torch.eq(input_ids, 1).long()'],
  ['picked from a buffer', 'ids = torch.gather(self.types.expand(input_ids.shape[0], -1), 1, input_ids)'],
])('%s', (_, positions) => {
  const network = embedded(positions);
  const table = network.nodes.find(({ path }) => path === 'table');
  expect(shapeText(table?.shape ?? null)).toBe('(N, length, 8)');
  expect(computeSignal(network).nodes[network.outputs[0] as number]?.forward).not.toBeNull();
});

it('a comparison gives truths, which are not what is compared', () => {
  const network = networkOf(`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)
    def forward(self, x):
        return self.fc(torch.gt(x, 0).float())
`);
  expect(computeSignal(network).nodes[network.outputs[0] as number]?.forward).toBeNull();
});

it('what is picked from something that is not known is not the positions', () => {
  const network = networkOf(`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)
    def forward(self, x):
        return self.fc(torch.gather(something(), 1, x))
`);
  expect(network.nodes.map(({ op }) => op.kind)).toEqual(['input', 'opaque', 'dense']);
});
