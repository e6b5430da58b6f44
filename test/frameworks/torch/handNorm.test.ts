/** Norms that are written out are norms. */
import { expect, it } from 'vitest';
import { graphText, networkOf } from './summary.ts';

const tail = (forward: string): string => {
  const network = networkOf(`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 8)
        self.g = nn.Parameter(torch.ones(8))
    def forward(self, x):
        x = self.fc(x)
${forward.replace(/^/gm, '        ')}
`);
  return graphText(network).split('\n').slice(2).join('\n');
};

it.each([
  [
    'RMS norm',
    'return self.g * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))',
    '2 layerNorm norm ← 1 (N, 8)\n3 scale mul ← 2 (N, 8)',
  ],
  ['RMS norm with a root', 'return x / torch.sqrt((x * x).mean(-1, keepdim=True) + 1e-6)', '2 layerNorm norm ← 1 (N, 8)'],
  ['RMS norm with a power', 'return x * torch.pow(x.pow(2).mean(-1, keepdim=True) + 1e-6, -0.5)', '2 layerNorm norm ← 1 (N, 8)'],
  [
    'L2 norm of a sum',
    'return x * torch.rsqrt((x * x).sum(dim=-1, keepdim=True) + 1e-6)',
    '2 layerNorm norm ← 1 (N, 8)\n3 affine norm ← 2 (N, 8)',
  ],
  ['L2 norm', 'return x / x.norm(dim=-1, keepdim=True)', '2 layerNorm norm ← 1 (N, 8)\n3 affine norm ← 2 (N, 8)'],
  [
    'L2 norm of torch.linalg',
    'return x / torch.linalg.vector_norm(x, ord=2, dim=-1, keepdim=True)',
    '2 layerNorm norm ← 1 (N, 8)\n3 affine norm ← 2 (N, 8)',
  ],
  [
    'layer norm of the variance',
    'u = x.mean(1, keepdim=True)\nreturn (x - u) / torch.sqrt(x.var(1, keepdim=True) + 1e-6)',
    '2 layerNorm norm ← 1 (N, 8)',
  ],
  [
    'layer norm of centred squares',
    'u = x.mean(1, keepdim=True)\ns = (x - u).pow(2).mean(1, keepdim=True)\nreturn (x - u) / torch.sqrt(s + 1e-6)',
    '2 layerNorm norm ← 1 (N, 8)',
  ],
  [
    'layer norm of the std',
    'm = x.mean(-1, keepdim=True)\nreturn (x - m) / (x.std(-1, keepdim=True) + 1e-6)',
    '2 layerNorm norm ← 1 (N, 8)',
  ],
])('%s', (_, forward, expected) => {
  expect(tail(forward)).toBe(expected);
});

it('the factor of a norm is no part of a network that is not followed to its end', () => {
  const text = tail('y = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)\nreturn unknown_thing[0]');
  expect(text).toBe('2 layerNorm norm ← 1 (N, 8)');
});

it('an L2 norm has length one: its elements have variance 1/n', () => {
  const network = networkOf(`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 16)
    def forward(self, x):
        x = self.fc(x)
        return x / x.norm(dim=-1, keepdim=True)
`);
  expect(network.nodes.at(-1)?.op).toEqual({ kind: 'affine', factor: 0.25, offset: 0 });
});

it('another norm than the Euclidean is not modelled', () => {
  expect(tail('return x / x.norm(p=1, dim=-1, keepdim=True)')).not.toContain('layerNorm');
});

it('a quotient with the spread of something else is none', () => {
  const text = tail('y = torch.tanh(x)\nreturn y / torch.sqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)');
  expect(text).not.toContain('layerNorm');
});
