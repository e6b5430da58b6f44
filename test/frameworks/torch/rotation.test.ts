/** Rotary embeddings written out are rotations: what they turn keeps its moments, whatever the angles are. */
import { expect, it } from 'vitest';
import { computeSignal } from '../../../server/src/signal/engine.ts';
import { networkOf } from './summary.ts';

const rotated = (forward: string, bias = 'False', start = '') =>
  networkOf(`
def rotate_half(x):
    x1, x2 = x[..., : x.shape[-1] // 2], x[..., x.shape[-1] // 2 :]
    return torch.cat((-x2, x1), dim=-1)

def rotate_pairs(x):
    return torch.stack((-x[..., 1::2], x[..., ::2]), dim=-1).flatten(-2)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 16, bias=${bias})
        ${start || 'pass'}
        self.register_buffer('freq', 1.0 / (10000 ** (torch.arange(0, 16, 2).float() / 16)))
    def forward(self, x, position):
        n = x.shape[1]
        q = self.fc(x)
        half = torch.outer(torch.arange(n).float(), self.freq)
        angle = torch.cat((half, half), dim=-1)
${forward.replace(/^/gm, '        ')}
`);

const known = [
  ['halves', 'return q * angle.cos() + rotate_half(q) * angle.sin()'],
  ['pairs', 'return q * angle.cos() + rotate_pairs(q) * angle.sin()'],
  ['scaled and spread', 'c, s = [f.to(x.dtype)[None] * 1.0 for f in (angle.cos(), angle.sin())]\nreturn (q * c) + (rotate_half(q) * s)'],
  ['joined afterwards', 'c, s = half.cos(), half.sin()\nreturn q * torch.cat((c, c), -1) + rotate_half(q) * torch.cat((s, s), -1)'],
  ['two parts', 'a, b = q.chunk(2, dim=-1)\nc, s = half.cos(), half.sin()\nreturn torch.cat((a * c - b * s, b * c + a * s), dim=-1)'],
  ['angles of an input', 'angle = position[..., None] * 2.0\nreturn q * angle.cos() + rotate_half(q) * angle.sin()'],
] as const;

it.each(known)('%s', (_, forward) => {
  const network = rotated(forward);
  const out = network.outputs[0] as number;
  const q = network.nodes.find(({ path }) => path === 'fc')?.id as number;
  expect(network.nodes.filter(({ op }) => op.kind === 'rotate')).not.toHaveLength(0);
  const { nodes } = computeSignal(network);
  expect(nodes[out]?.forward?.q).toBeCloseTo(nodes[q]?.forward?.q as number, 9);
});

it('a factor of both waves is one of the result', () => {
  const network = rotated('return q * (angle.cos() * 2.0) + rotate_half(q) * (angle.sin() * 2.0)');
  expect(network.nodes.slice(-2).map(({ op }) => op)).toEqual([{ kind: 'rotate' }, { kind: 'affine', factor: 2, offset: 0 }]);
});

it.each([
  ['of other angles', 'return q * angle.cos() + rotate_half(q) * (2 * angle).sin()'],
  ['of two cosines', 'return q * angle.cos() + rotate_half(q) * angle.cos()'],
  ['of another tensor', 'return q * angle.cos() + rotate_half(x) * angle.sin()'],
  ['of the tensor itself', 'return q * angle.cos() + q * angle.sin()'],
  ['with halves that are not turned', 'return q * angle.cos() + torch.cat(q.chunk(2, -1)[::-1], -1) * angle.sin()'],
  ['of one part twice', 'a, b = q[..., :8], q[..., :8]\nreturn a * half.cos() - b * half.sin()'],
  ['with factors that differ', 'return q * (angle.cos() * 2.0) + rotate_half(q) * angle.sin()'],
])('a sum %s is none', (_, forward) => {
  const network = rotated(forward);
  expect(network.nodes.filter(({ op }) => op.kind === 'rotate')).toHaveLength(0);
  expect(computeSignal(network).nodes[network.outputs[0] as number]?.forward).toBeNull();
});

it('what has a mean is not known once it is turned', () => {
  const network = rotated(known[0][1], 'True', 'nn.init.ones_(self.fc.bias)');
  expect(computeSignal(network).nodes[network.outputs[0] as number]?.forward).toBeNull();
});
