/** Functions in place change what a parameter was drawn from. */
import { expect, it } from 'vitest';
import { IMPORTS, networkOf, parametersOf, paramText } from './summary.ts';

const weight = (call: string): string => {
  const text = `${IMPORTS}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8, bias=False)
        w = self.fc.weight
        nn.init.uniform_(w, 0.5, 1.5)
        with torch.no_grad():
            ${call}
    def forward(self, x):
        return self.fc(x)
`;
  return paramText(parametersOf(networkOf(text))[0] as never).replace(/ \[.*/, '');
};

it.each([
  ['w.log_()', 'fc.weight(8, 8) uniform_ unknown'],
  ['w.log_().mul_(0.5).exp_()', 'fc.weight(8, 8) uniform_ unknown'],
  ['w.neg_()', 'fc.weight(8, 8) uniform_ -1±0.2887'],
  ['w[0].exp_()', 'fc.weight(8, 8) uniform_ unknown'],
  ['w.masked_fill_(w > 1, 0.0)', 'fc.weight(8, 8) uniform_ unknown'],
  ['w.t_()', 'fc.weight(8, 8) uniform_ 1±0.2887'],
  // Half of U(0.5, 1.5) and a half of zeros; the same half again cannot be told from the other one.
  ['w[:4].fill_(0.0)', 'fc.weight(8, 8) fill_ 0.5±0.5401'],
  ['w[:4].fill_(0.0); w[:4].fill_(0.0)', 'fc.weight(8, 8) fill_ unknown'],
  ['w.detach_()', 'fc.weight(8, 8) uniform_ 1±0.2887'],
  ['w.copy_(torch.empty_like(w).uniform_(0.2, 0.3).log_())', 'fc.weight(8, 8) uniform_ data'],
])('%s', (call, expected) => expect(weight(call)).toBe(expected));
