/** Tensors are on the CPU until something may have been moved; a device that the source names is known. */
import { describe, expect, it } from 'vitest';
import { createAnalyzer } from '../../../server/src/analyze.ts';
import { memoryHost } from '../../../server/src/text/host.ts';
import { parser } from '../../support/parser.ts';

const widthUnder = (condition: string): string => {
  const text = `import torch
import torch.nn as nn
class Net(nn.Module):
    def __init__(self, where):
        super().__init__()
        self.fc = nn.Linear(3, 4 if ${condition} else 5)
    def forward(self, x):
        return self.fc(x)
`;
  const analysis = createAnalyzer(memoryHost({ 'm.py': text }), parser).analyze('m.py', text);
  const width = analysis.networks[0]?.network.nodes.flatMap((n) => n.params)[0]?.shape?.[0];
  return typeof width === 'number' ? String(width) : '?';
};

describe('a condition on a device', () => {
  it.each([
    ["torch.device('cpu') == torch.device('cpu')", '4'],
    ["torch.device('cuda:0').type == 'cuda'", '4'],
    ["torch.device('cuda:1').index", '4'],
    ["torch.get_default_device() != torch.device('meta')", '4'],
    ['torch.tensor([]).device == torch.get_default_device()', '4'],
    ["torch.tensor([], device='meta').device == torch.device('cpu')", '5'],
    ["torch.zeros(2, device=where).device.type == 'cpu'", '?'],
    ["nn.Linear(2, 2).weight.device.type in ('cpu', 'mps')", '4'],
    ["torch.zeros(2).to(torch.device('cuda')).device.type == 'cpu'", '5'],
    ["torch.zeros(2).to(where).device.type == 'cpu'", '?'],
    ["nn.Linear(2, 2).to('cuda').weight.device.type == 'cuda'", '?'],
    ["nn.Linear(2, 2).to('cpu').weight.device.type == 'cpu'", '4'],
    ["torch.device(where) == torch.device('cpu')", '?'],
    ["torch.device('cpu') == where", '?'],
  ])('%s', (condition, width) => expect(widthUnder(condition)).toBe(width));
});
