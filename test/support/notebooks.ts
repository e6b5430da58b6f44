/** Notebooks made in tests: `code(...)`, `markdown(...)` and the file's JSON, as Jupyter writes it. */

export interface TestCell {
  readonly cell_type: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly source: readonly string[];
  readonly outputs?: readonly unknown[];
}

const lines = (text: string): readonly string[] => text.split(/(?<=\n)/);

export const code = (source: string, metadata: Readonly<Record<string, unknown>> = {}, outputs: readonly unknown[] = []): TestCell => ({
  cell_type: 'code',
  metadata,
  source: lines(source),
  outputs,
});

export const markdown = (source: string): TestCell => ({ cell_type: 'markdown', metadata: {}, source: lines(source) });

export const raw = (source: string): TestCell => ({ cell_type: 'raw', metadata: {}, source: lines(source) });

export const notebookJson = (cells: readonly TestCell[], metadata: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells }, null, 1);

/** A model spread over cells as textbooks do: methods join their class in later cells. Cell numbers are 1-based over all. */
export const textbook: readonly TestCell[] = [
  markdown('# Deep networks\n\n```python\nnot = code(\n```'),
  code('%matplotlib inline\n!pip install -q torch\nimport torch\nfrom torch import nn'),
  code(
    'def add_to_class(Class):\n    def wrapper(obj):\n        setattr(Class, obj.__name__, obj)\n    return wrapper\n\nclass Net(nn.Module):\n    def __init__(self, width=256, depth=12):\n        super().__init__()\n        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])\n        self.head = nn.Linear(width, 10)\n        self.reset()',
  ),
  raw('class Net: pass'),
  code(
    '%%time\n@add_to_class(Net)\ndef reset(self):\n    for m in self.modules():\n        if isinstance(m, nn.Linear):\n            nn.init.xavier_uniform_(m.weight)',
  ),
  code(
    '@add_to_class(Net)\ndef forward(self, x):\n    for layer in self.layers:\n        x = torch.relu(layer(x))\n    return self.head(x)',
  ),
  code('net = Net()\nnet?'),
];
