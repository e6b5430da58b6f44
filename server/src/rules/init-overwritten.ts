/** A parameter that one object draws twice: the first draw is lost. */
import type { FixIntent } from '../network/intent.ts';
import type { Init, Node, Parameter } from '../network/network.ts';
import { placeOf } from './cases.ts';
import { count } from './figures.ts';
import { defineRule } from './rule.ts';
import { contains } from './spans.ts';

/** Values that are computed or loaded later are no second opinion on how to start. */
const isDraw = ({ distribution }: Init): boolean =>
  distribution.kind !== 'data' && distribution.kind !== 'unknown' && distribution.kind !== 'uninitialized';

/** A draw for this parameter alone that a later one of the same author replaced. */
const lostDraw = ({ init, overwritten, span }: Parameter): Init | undefined => {
  const later = [...overwritten.slice(1), init];
  return overwritten.find((one, i) => {
    const next = later[i];
    if (!next || one.source === 'default' || one.generic || next.source !== 'call') return false;
    // What allocates a parameter gives it a shape, and values that are not meant to stay.
    if (contains(span, one.span) || !isDraw(one) || !isDraw(next) || placeOf(one.span) === placeOf(next.span)) return false;
    return one.by !== undefined && one.by === next.by;
  });
};

const torch = (lines: readonly string[]): string =>
  [
    'from torch import nn',
    '',
    '',
    'class Net(nn.Module):',
    '    def __init__(self):',
    '        super().__init__()',
    '        self.hidden = nn.Linear(64, 64)',
    '        self.head = nn.Linear(64, 10)',
    ...lines,
    '',
    '    def forward(self, x):',
    '        return self.head(self.hidden(x).tanh())',
    '',
  ].join('\n');

export const initOverwritten = defineRule({
  name: 'init-overwritten',
  group: 'plumbing',
  tier: 'stable',
  frameworks: ['torch'],
  docs: {
    what: 'One object initialises the same parameter twice; the first draw is lost.',
    why: 'An initializer replaces all values, it does not add to them. Where a special draw (a prior bias, a small last layer) comes before a loop or an `apply` over all modules, it is the general one that stays, and nothing says so.',
    exceptions:
      'Not flagged: a general draw (in `apply`, over `modules()`, in a base class) that a special one follows, which is how recipes are written; what a layer draws for itself and a model draws anew; values that a parameter is allocated with (`nn.Parameter(torch.randn(…))`); the framework’s default; parts of a tensor; one call that runs twice; tied weights; values that are loaded.',
    severity: 'Information.',
    fix: 'Removes the draw that is lost. The distribution of every weight stays the same; a seed gives the later draws other numbers.',
    references: ['PyTorch documentation: torch.nn.init, functions fill the tensor in place'],
  },
  examples: [
    {
      framework: 'torch',
      bad: torch(['        nn.init.normal_(self.hidden.weight, std=0.01)', '        nn.init.xavier_uniform_(self.hidden.weight)']),
      good: torch(['        nn.init.xavier_uniform_(self.hidden.weight)']),
    },
  ],
  check: (context) => {
    const { network } = context;
    const all: readonly Node[] = [...network.nodes, ...network.unreached];
    const owners = new Map<number, Set<string>>();
    for (const node of all)
      for (const p of node.params) owners.set(p.storage, (owners.get(p.storage) ?? new Set()).add(placeOf(node.span)));
    const found = new Map<string, { readonly lost: Init; readonly params: Parameter[]; readonly last: Init }>();
    const seen = new Set<number>();
    const drawn = new Map<string, number>();
    for (const node of all)
      for (const param of node.params) {
        if (seen.has(param.storage)) continue;
        seen.add(param.storage);
        for (const one of [param.init, ...param.overwritten]) drawn.set(placeOf(one.span), (drawn.get(placeOf(one.span)) ?? 0) + 1);
        const lost = param.loaded || (owners.get(param.storage)?.size ?? 0) > 1 ? undefined : lostDraw(param);
        if (!lost) continue;
        const place = placeOf(lost.span);
        const known = found.get(place);
        if (known) known.params.push(param);
        else found.set(place, { lost, params: [param], last: param.init });
      }
    for (const [place, { lost, params, last }] of found) {
      // The same text draws other parameters too, and those keep its values.
      if ((drawn.get(place) ?? 0) > params.length) continue;
      const [first] = params as [Parameter, ...Parameter[]];
      const what = params.length === 1 ? `\`${first.path}\`` : count(params.length, 'parameter');
      const intents: readonly FixIntent[] = [
        { kind: 'edit', title: 'Remove the draw that is lost', safe: true, changes: [{ kind: 'removeStatement', span: lost.span }] },
      ];
      context.report({
        severity: 'information',
        span: lost.span,
        message: `This draw of ${what} is lost: \`${last.name}\` draws ${params.length === 1 ? 'it' : 'them'} again${last.generic ? ' with all the others' : ''}`,
        related: [{ span: last.span, message: 'What stays' }],
        intents,
        explains: [],
        tags: ['unnecessary'],
        unanimous: true,
      });
    }
  },
});
