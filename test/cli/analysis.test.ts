/** The command line over real models: the examples that newcomers open first, and entries chosen by hand. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleEntry } from '../support/bundle.ts';
import { startClient } from '../support/lspClient.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'initlens-cli-'));
let cli = '';

beforeAll(async () => {
  cli = await bundleEntry('server/src/main.cli.ts');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (cwd: string, ...args: string[]) => spawnSync(process.execPath, [cli, ...args], { cwd, encoding: 'utf8', maxBuffer: 1 << 26 });

interface Finding {
  readonly file: string;
  readonly rule: string;
  readonly message: string;
  readonly fixes: readonly unknown[];
}

describe('check examples', () => {
  it('finds something in each bad model, with a figure and a fix, and nothing in the good ones', () => {
    const { stdout, stderr, status } = run(root, 'check', 'examples', '--format', 'json');
    expect(stderr).toBe('');
    expect(status).toBe(1);
    const { findings, summary } = JSON.parse(stdout) as { findings: Finding[]; summary: { files: number; networks: number } };
    const files = readdirSync(join(root, 'examples')).filter((name) => /\.(?:py|ipynb|js|ts)$/.test(name));
    expect(summary.files).toBe(files.length);
    expect(summary.networks).toBeGreaterThanOrEqual(files.length);
    for (const name of files) {
      const own = findings.filter(({ file }) => file === `examples/${name}`);
      if (name.startsWith('good_')) expect(own, name).toEqual([]);
      else expect(own.length, name).toBeGreaterThan(0);
      for (const { message, fixes, rule } of own) {
        expect(message, name).toMatch(/\d/);
        expect(fixes.length, `${name}: ${rule}`).toBeGreaterThan(0);
      }
    }
  });

  it('gives the same bytes twice', () => {
    const once = run(root, 'check', 'examples', '--severity', 'hint').stdout;
    expect(run(root, 'check', 'examples', '--severity', 'hint').stdout).toBe(once);
  });
});

describe('an initializer in an imported file', () => {
  it('is reported there, once, however many files build with it', () => {
    const project = mkdtempSync(join(folder, 'project-'));
    const write = (name: string, lines: readonly string[]) => writeFileSync(join(project, name), `${lines.join('\n')}\n`);
    write('inits.py', [
      'import torch.nn as nn',
      '',
      'def reset(m):',
      '    if isinstance(m, nn.Linear):',
      '        nn.init.xavier_uniform_(m.weight)',
    ]);
    for (const name of ['a', 'b']) {
      write(`${name}.py`, [
        'import torch.nn as nn',
        'from inits import reset',
        '',
        `net${name} = nn.Sequential(*[layer for _ in range(20) for layer in (nn.Linear(64, 64), nn.ReLU())], nn.Linear(64, 10))`,
        `net${name}.apply(reset)`,
      ]);
    }
    const { findings } = JSON.parse(run(project, 'check', '--format', 'json').stdout) as { findings: (Finding & { line: number })[] };
    expect(findings.map(({ file, line, rule }) => `${file}:${line} ${rule}`)).toEqual(['inits.py:5 relu-without-he']);
  });
});

describe('inspect', () => {
  const model = `import torch.nn as nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self, inputs, hidden=32):
        super().__init__()
        self.fc1 = nn.Linear(inputs, hidden)
        self.norm = nn.BatchNorm1d(hidden)
        self.fc2 = nn.Linear(hidden, 10)

    def forward(self, x):
        return self.fc2(F.relu(self.norm(self.fc1(x))))

class Other(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        return self.fc(x)
`;
  interface Inspected {
    readonly version: number;
    readonly files: readonly {
      readonly file: string;
      readonly networks: readonly {
        readonly name: string;
        readonly parameters: readonly Readonly<Record<string, unknown>>[];
        readonly nodes: readonly Readonly<Record<string, unknown>>[];
      }[];
    }[];
  }
  const inspect = (...args: string[]): Inspected => {
    writeFileSync(join(folder, 'model.py'), model);
    return JSON.parse(run(folder, 'inspect', 'model.py', '--format', 'json', ...args).stdout) as Inspected;
  };

  it('names symbols for sizes that are open, and what a layer reaches through what', () => {
    const [file] = inspect().files;
    expect(file?.file).toBe('model.py');
    const net = file?.networks.find(({ name }) => name === 'Net');
    expect(net?.parameters[0]).toMatchObject({
      path: 'fc1.weight',
      layer: 'Linear',
      line: 7,
      shape: [32, 'inputs'],
      fanIn: 'inputs',
      fanOut: 32,
      init: { family: 'uniform', mean: 0, source: 'default', line: 7 },
      trainable: true,
      next: [{ act: 'relu', via: ['batchNorm'] }],
    });
    expect(file?.networks.map(({ name }) => name)).toContain('Other');
  });

  it.each(['[784]', '{"inputs": 784, "hidden": 32}'])('takes a class, its arguments %s and an input', (args) => {
    const { files } = inspect('--class', 'Net', '--args', args, '--input', '[1024,784]');
    expect(files[0]?.networks.map(({ name }) => name)).toEqual(['Net']);
    const [net] = files[0]!.networks;
    expect(net?.parameters[0]).toMatchObject({ shape: [32, 784], fanIn: 784, init: { std: expect.closeTo(1 / Math.sqrt(3 * 784), 6) } });
    expect(net?.parameters[0]).toMatchObject({
      recommended: { family: 'he', std: expect.closeTo(Math.sqrt(2 / 784), 6), why: 'ReLU follows' },
    });
    expect(net?.parameters.find(({ path }) => path === 'fc1.bias')).not.toHaveProperty('recommended');
    expect(net?.nodes.at(-1)).toMatchObject({ op: 'dense', shape: [1024, 10] });
  });
});

describe('inspect of what an unknown condition chooses', () => {
  it('lists a path once with what both have in common, and says which parameters may be missing', () => {
    const text = `import torch.nn as nn
class Net(nn.Module):
    def __init__(self, wide, cut):
        super().__init__()
        self.a = nn.Linear(4, 16) if wide else nn.Linear(4, 8)
        self.b = nn.Linear(4, 3) if cut else nn.Identity()
    def forward(self, x):
        return self.a(self.b(x))
`;
    writeFileSync(join(folder, 'either.py'), text);
    const { files } = JSON.parse(run(folder, 'inspect', 'either.py', '--format', 'json').stdout) as {
      files: { networks: { parameters: Readonly<Record<string, unknown>>[] }[] }[];
    };
    const parameters = files[0]?.networks[0]?.parameters ?? [];
    expect(parameters.map(({ path }) => path).sort()).toEqual(['a.bias', 'a.weight', 'b.bias', 'b.weight']);
    const at = (path: string) => parameters.find((one) => one.path === path);
    expect(at('a.weight')).toMatchObject({
      shape: [null, 4],
      fanIn: 4,
      fanOut: null,
      init: { mean: 0, std: expect.closeTo(1 / Math.sqrt(12), 6) },
    });
    expect(at('a.weight')).not.toHaveProperty('conditional');
    expect(at('b.weight')).toMatchObject({ shape: [3, 4], conditional: true });
  });
});

describe('server --stdio', () => {
  it('is the language server', async () => {
    const client = await startClient([process.execPath, cli, 'server', '--stdio']);
    expect(client.initialized.serverInfo?.name).toBe('InitLens');
    const uri = 'file:///work/model.py';
    await client.open(
      uri,
      'import torch.nn as nn\nnet = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))\nnn.init.zeros_(net[0].weight)\n',
    );
    expect((await client.pushed(uri)).map(({ code }) => code)).toEqual(['constant-weights']);
    expect(await client.stop()).toBe(0);
  });
});

describe('a file of which not all was looked at', () => {
  it('is named by check and by inspect, with the bound that was hit', () => {
    const project = mkdtempSync(join(folder, 'project-'));
    const loops = 'def f():\n    for i in range(60):\n        for j in range(100):\n            t = i + j\n';
    writeFileSync(join(project, 'long.py'), `import torch\n${loops}${'f()\n'.repeat(100)}`);
    writeFileSync(join(project, 'short.py'), `import torch\n${loops}f()\n`);
    const message = 'The step budget of 400000 was used up; what follows is not analysed';
    const { stdout, stderr } = run(project, 'check');
    expect(stdout).toBe('Found no findings in 0 networks (2 files, 1 in part)\n');
    expect(stderr).toBe(`not all of long.py: ${message}\n`);
    expect(JSON.parse(run(project, 'check', '--format', 'json').stdout)).toMatchObject({
      limited: [{ file: 'long.py', messages: [message] }],
    });
    expect(JSON.parse(run(project, 'inspect', 'long.py').stdout).files[0].issues).toContainEqual({ line: 1, message });
  });
});
