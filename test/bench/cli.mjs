// The command line: start-up, one big file, a folder of files, and text that means trouble. Each must answer within its budget.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bigModel } from './bigModel.mjs';
import { median } from './measure.mjs';

const HEAD = 'import torch.nn as nn\n';

/** A million copies of an honest line: 10 MB of Python. */
const tenMegabytes = () => `${HEAD}${'values = [1, 2, 3]  # data\n'.repeat(400_000)}`.slice(0, 10 * 1024 * 1024);

const TROUBLE = {
  'empty file': '',
  'half-typed file': `${HEAD}\nclass Net(nn.Module):\n    def __init__(self:\n        self.fc = nn.Linear(10,\n    def forward(self, x):\n        return self.fc(x`,
  'binary renamed .py': Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 256)),
  '10 MB of Python': tenMegabytes,
  'while True': `${HEAD}class Net(nn.Module):\n    def __init__(self):\n        while True:\n            self.fc = nn.Linear(3, 3)\n\nwhile True:\n    pass\n`,
  recursion: `${HEAD}def f(n):\n    return f(n + 1) + f(n + 2)\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(f(1), 3)\n`,
  '100,000 layers in a loop': `${HEAD}net = nn.Sequential(*[nn.Linear(8, 8) for _ in range(100_000)])\n`,
};

const time = (cli, args, cwd) => {
  const before = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [cli, ...args], { cwd, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status === null || status > 1) console.log(`  ${args.join(' ')} ended with ${status}: ${stderr.slice(0, 300)}`);
  return performance.now() - before;
};

export const benchCommandLine = (cli) => {
  const folder = mkdtempSync(join(tmpdir(), 'initlens-bench-'));
  const rows = [];
  const measure = (name, args, budget, repeats = 3) => {
    const value = median(Array.from({ length: repeats }, () => time(cli, args, folder)));
    rows.push({ name: `cli: ${name}`, value, unit: 'ms', budget });
  };
  try {
    writeFileSync(join(folder, 'big.py'), bigModel(2000));
    measure('--version', ['--version'], 200, 5);
    measure('check of 2,000 lines', ['check', 'big.py'], 2000);
    for (const [name, content] of Object.entries(TROUBLE)) {
      writeFileSync(join(folder, 'trouble.py'), typeof content === 'function' ? content() : content);
      measure(name, ['check', 'trouble.py'], 1000);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return rows;
};
