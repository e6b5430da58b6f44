/** States that recurrent layers give beside their output: their shapes, and what of them is followed. */
import { describe, expect, it } from 'vitest';
import { graphText, networkOf } from './summary.ts';

const read = (layer: string, forward: string, head: number): string =>
  graphText(
    networkOf(`
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.${layer}
        self.head = nn.Linear(${head}, 4)
    def forward(self, x):
${forward.replace(/^/gm, '        ')}
`),
  )
    .split('\n')
    .slice(1)
    .join('\n');

describe('states of recurrent layers', () => {
  it('the last of them has an axis for the batch and one for the features', () => {
    expect(read('LSTM(16, 32, batch_first=True)', '_, (h, _) = self.rnn(x)\nreturn self.head(h[-1])', 32)).toBe(
      [
        '1 recurrent rnn ← 0 (N, length, 32)',
        '2 slice rnn/state ← 1 (N, 1, 32)',
        '3 permute rnn/state ← 2 (1, N, 32)',
        '4 slice getitem ← 3 (N, 32)',
        '5 dense head ← 4 (N, 4)',
      ].join('\n'),
    );
  });

  it('both directions of the last of two layers, side by side', () => {
    const forward = '_, h = self.rnn(x)\nreturn self.head(torch.cat((h[-2], h[-1]), dim=1))';
    expect(read('GRU(16, 32, num_layers=2, bidirectional=True)', forward, 64)).toBe(
      [
        '1 recurrent rnn ← 0 (length, N, 64)',
        '2 slice rnn/state ← 1 (length, N, 32)',
        '3 slice rnn/state ← 2 (1, N, 32)',
        '4 slice rnn/state ← 1 (length, N, 32)',
        '5 slice rnn/state ← 4 (1, N, 32)',
        '6 slice getitem ← 3 (N, 32)',
        '7 slice getitem ← 5 (N, 32)',
        '8 concat cat ← 6 7 (N, 64)',
        '9 dense head ← 8 (N, 4)',
      ].join('\n'),
    );
  });

  it("a lower layer's state and a cell's memory are not followed", () => {
    expect(read('RNN(16, 32, 2)', '_, h = self.rnn(x)\nreturn self.head(h[0])', 32)).toBe(
      [
        '1 recurrent rnn ← 0 (length, N, 32)',
        '2 opaque(state) rnn/state ← 1 (1, N, 32)',
        '3 slice getitem ← 2 (N, 32)',
        '4 dense head ← 3 (N, 4)',
      ].join('\n'),
    );
    expect(read('LSTM(16, 32)', '_, (_, c) = self.rnn(x)\nreturn self.head(c.squeeze(0))', 32)).toContain('opaque(state)');
  });

  it('that are returned for the next call are no outputs', () => {
    expect(read('LSTM(16, 32, 2, batch_first=True)', 'out, state = self.rnn(x)\nreturn self.head(out[:, -1]), state', 32)).toBe(
      ['1 recurrent rnn ← 0 (N, length, 32)', '2 slice getitem ← 1 (N, 32)', '3 dense head ← 2 (N, 4)'].join('\n'),
    );
    const bare = 'out, state = self.rnn(x)\nreturn out, state';
    expect(read('GRU(16, 32)', bare, 32)).toBe('1 recurrent rnn ← 0 (length, N, 32)');
  });
});
