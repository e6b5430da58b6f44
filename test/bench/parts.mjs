// Parts of the analysis by themselves: the signal engine, notebooks, one keystroke in a notebook of many cells.
import { loadBundle } from './bundle.mjs';
import { median } from './measure.mjs';

const ENTRY = `
export { nodeAnalyzer } from './server/src/workspace/analyzer.node.ts';
export { nodeHost } from './server/src/workspace/host.node.ts';
export { computeSignal } from './server/src/signal/engine.ts';
export { readNotebook, notebookText } from './server/src/workspace/notebook.ts';
export { maskMagics } from './server/src/syntax/python/magics.ts';
export { stack, third } from './test/support/networks.ts';
`;

/** Median milliseconds of a run, when it is warm. */
const warm = (run, { first = 3, repeats = 15 } = {}) => {
  for (let i = 0; i < first; i++) run(i);
  const times = [];
  for (let i = 0; i < repeats; i++) {
    const begun = performance.now();
    run(first + i);
    times.push(performance.now() - begun);
  }
  return median(times);
};

const picture = { output_type: 'display_data', data: { 'image/png': 'A'.repeat(1_000_000) } };
const heavy = JSON.stringify({
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {},
  cells: [{ cell_type: 'code', source: 'x = 1', metadata: {}, execution_count: null, outputs: new Array(50).fill(picture) }],
});

const model = (k) => `class Net${k}(nn.Module):
    def __init__(self, width=256, depth=2):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])
        self.head = nn.Linear(width, 10)
    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.head(x)`;

export const benchParts = async () => {
  const { nodeAnalyzer, nodeHost, computeSignal, readNotebook, notebookText, maskMagics, stack, third } = await loadBundle('parts', ENTRY);
  const deep = stack(20, 256, 'gelu', { init: third });
  const magics = 'x = !ls\n%time y = f(x)\nz = "a?"\n'.repeat(10_000);
  const analyzer = await nodeAnalyzer(nodeHost({ roots: () => [] }));
  const keystroke = (i) => {
    const cells = ['import torch\nfrom torch import nn', ...Array.from({ length: 200 }, (_, k) => model(k))];
    cells[100] += `\n# typed ${i}`;
    const { text, cells: table } = notebookText(cells.map((written, index) => ({ index, text: written })));
    analyzer.analyze('/bench/n.ipynb', text, { cells: table });
  };
  return [
    { name: 'signal of 20 GELU layers', value: warm(() => computeSignal(deep), { first: 200, repeats: 51 }), unit: 'ms', budget: 1 },
    { name: 'notebook with 50 MB of pictures', value: warm(() => readNotebook(heavy)), unit: 'ms', budget: 1000 },
    { name: 'magics of 30,000 lines', value: warm(() => maskMagics(magics)), unit: 'ms', budget: 200 },
    { name: 'keystroke in a notebook of 200 models', value: warm(keystroke), unit: 'ms', budget: 200 },
  ];
};
