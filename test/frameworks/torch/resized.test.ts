/** Position tables that are resized for other images: the image that they are made for takes them as they are. */
import { expect, it } from 'vitest';
import type { Network } from '../../../server/src/network/network.ts';
import { computeSignal } from '../../../server/src/signal/engine.ts';
import { IMPORTS, networksOf } from './summary.ts';

const vit = (positions: string) =>
  networksOf(
    `${IMPORTS}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 64, 16, 16)
        self.cls = nn.Parameter(torch.randn(1, 1, 64) * 0.02)
        self.table = nn.Parameter(torch.randn(1, 197, 64) * 0.02)
        self.norm = nn.LayerNorm(64, eps=1e-6)
        self.fc1, self.fc2 = nn.Linear(64, 256, bias=False), nn.Linear(256, 64)
    def positions(self, x, height, width):
${positions.replace(/^/gm, '        ')}
    def forward(self, x):
        b, c, h, w = x.shape
        x = self.conv(x).flatten(2).transpose(1, 2)
        x = torch.cat((self.cls.expand(b, -1, -1), x), 1)
        x = x + self.positions(x, h, w)
        return self.fc2(F.gelu(self.fc1(self.norm(x))))
`,
    [null, 3, 224, 224],
  )[0] as Network;

const RESIZED = `grid = self.table[:, 1:].reshape(1, 14, 14, 64).permute(0, 3, 1, 2)
grid = F.interpolate(grid, size=(height // 16, width // 16), mode='bicubic')
grid = grid.permute(0, 2, 3, 1).reshape(1, -1, 64)`;

it.each([
  ['the whole table', `if unknown:\n    return self.table\n${RESIZED}\nreturn torch.cat((self.table[:, :1], grid), dim=1)`],
  ['resized on the first way', `if unknown:\n    return F.interpolate(self.table, size=x.shape[1:])\nreturn self.table`],
])('%s', (_, positions) => {
  const network = vit(positions);
  expect(network.nodes.filter(({ op }) => op.kind === 'opaque')).toEqual([]);
  expect(network.nodes.find(({ op }) => op.kind === 'shift')?.params[0]?.path).toBe('table');
});

it.each([
  ['always resized', `${RESIZED}\nreturn torch.cat((self.table[:, :1], grid), dim=1)`],
  ['or another table', 'return self.table if unknown else F.interpolate(self.cls.expand(1, 197, 64), size=64)'],
  ['or a function of it', 'return self.table if unknown else self.table.exp()'],
])('what is %s is not known', (_, positions) => {
  const network = vit(positions);
  expect(computeSignal(network).nodes[network.outputs[0] as number]?.forward).toBeNull();
});

it('a small class token beside the patches does not upset what finite widths draw', () => {
  const network = vit('return self.table');
  const { nodes } = computeSignal(network);
  const gelu = network.nodes.findIndex(({ op }) => op.kind === 'activation');
  // E φ(z)² of a GELU at variance 1/3.
  expect(nodes[gelu]?.forward?.q).toBeCloseTo(0.1177, 3);
});
