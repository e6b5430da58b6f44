/** Parameters that are memory as it was found. */
import type { Node, Parameter } from '../network/network.ts';
import { isNumber } from '../network/scalar.ts';
import { placeOf } from './cases.ts';
import { forAll } from './line.ts';
import { activationArgs } from './pairing.ts';
import { initializerIntents, recommendations } from './recommendation.ts';
import { defineRule } from './rule.ts';

const sizeOf = ({ shape }: Parameter): string => {
  if (!shape || shape.length === 0 || !shape.every((d) => isNumber(d))) return '';
  return shape.length === 1 ? ` of ${shape[0]}` : ` of ${shape.join('×')}`;
};

const WHAT: Readonly<Partial<Record<Parameter['role'], string>>> = {
  weight: 'weight',
  recurrentWeight: 'weight',
  bias: 'bias',
  embedding: 'embedding',
};

const torch = (draw: readonly string[]): string =>
  [
    'import torch',
    'from torch import nn',
    '',
    '',
    'class Net(nn.Module):',
    '    def __init__(self):',
    '        super().__init__()',
    '        self.weight = nn.Parameter(torch.empty(64, 20))',
    ...draw,
    '        self.head = nn.Linear(64, 1)',
    '',
    '    def forward(self, x):',
    '        return self.head(torch.tanh(x @ self.weight.T))',
    '',
  ].join('\n');

export const uninitializedParameter = defineRule({
  name: 'uninitialized-parameter',
  group: 'plumbing',
  tier: 'stable',
  frameworks: ['torch'],
  docs: {
    what: 'A parameter is allocated and never filled: `torch.empty`, `torch.Tensor(n, m)`, `to_empty`.',
    why: 'The memory holds what was in it before: often zeros from the operating system, so that units start equal, sometimes numbers of 10³⁸ or NaN. It differs from run to run, and no seed repeats it.',
    exceptions:
      'Not flagged: what is filled later in any way that is followed, loaded from a checkpoint, or handed to a function that is not read; parameters that one way of an unknown condition alone makes; frozen ones and buffers; those of no values; arrays of NumPy, where `np.empty` is a place for results, and `jnp.empty`, which gives zeros.',
    severity: 'An error.',
    fix: 'Draws the weights, behind the line that allocates them, from the initializer recommended for the activation (changes training).',
    references: ['PyTorch documentation: torch.empty, "a tensor filled with uninitialized data"'],
  },
  examples: [{ framework: 'torch', bad: torch([]), good: torch(['        nn.init.xavier_uniform_(self.weight)']) }],
  check: (context) => {
    const { network, facts } = context;
    const places = new Map<string, [Node, Parameter][]>();
    const seen = new Set<number>();
    for (const node of network.nodes)
      for (const param of node.params) {
        const { init, loaded, trainable, constant, conditional, storage, shape } = param;
        if (init.distribution.kind !== 'uninitialized' || loaded || !trainable || constant || conditional || seen.has(storage)) continue;
        if (shape?.includes(0)) continue;
        seen.add(storage);
        const place = placeOf(init.span);
        places.set(place, [...(places.get(place) ?? []), [node, param]]);
      }
    for (const group of places.values()) {
      const [node, param] = group[0] as [Node, Parameter];
      const next = facts.next(node).find((n) => !n.throughAdd);
      const args = next && activationArgs(next.node);
      const all = param.role === 'weight' ? recommendations(next && args ? next.name : 'linear', args ?? {}, param) : [];
      context.report({
        severity: 'error',
        span: param.init.span,
        message: forAll(
          [
            `\`${param.init.name}\` leaves memory as it was found, and nothing fills this ${WHAT[param.role] ?? 'parameter'}${sizeOf(param)}`,
          ],
          group.length,
          'parameter',
        ),
        related: [],
        intents: initializerIntents(
          all,
          group.map(([one]) => one),
          param,
        ),
        explains: group.map(([one]) => one.id),
      });
    }
  },
});
