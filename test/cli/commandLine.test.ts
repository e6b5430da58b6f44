/** The command line as a process: exit codes, formats, files, and what goes to which stream. */
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundleEntry } from '../support/bundle.ts';

const BAD = `import torch.nn as nn

class Net(nn.Module):
    def __init__(self):
        self.fc1 = nn.Linear(4, 8)
\tnn.init.xavier_normal_(self.fc1.weight)
`;
const GOOD = BAD.replace('xavier', 'kaiming');

let cli = '';
let folder = '';
const folders: string[] = [];

beforeAll(async () => {
  cli = await bundleEntry('test/support/fakeCli.ts');
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'initlens-cli-'));
  folders.push(folder);
});
afterAll(() => {
  for (const made of folders) rmSync(made, { recursive: true, force: true });
});

const write = (name: string, content: string | Uint8Array): void => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
};

const run = (...args: string[]): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [cli, ...args], { cwd: folder, encoding: 'utf8', env: { ...process.env, FORCE_COLOR: undefined } });

describe('exit codes', () => {
  it('is 0 for clean, 1 for findings, 0 for findings below --fail-on', () => {
    write('good.py', GOOD);
    expect(run('check').status).toBe(0);
    write('bad.py', BAD);
    expect(run('check').status).toBe(1);
    expect(run('check', '--fail-on', 'error').status).toBe(0);
    expect(run('check', 'good.py').status).toBe(0);
  });

  it.each([
    [[], 'a command is missing'],
    [['chekc'], "'chekc' is no command"],
    [['check', '--format', 'xml'], '--format must be one of full, concise, json'],
    [['check', '--severity', 'loud'], '--severity must be one of'],
    [['check', '--fail-on', 'never'], '--fail-on must be one of'],
    [['check', '--nonsense'], "Unknown option '--nonsense'"],
    [['check', 'none.py'], 'no such file or folder: none.py'],
    [['inspect'], 'inspect needs at least one file'],
    [['inspect', 'none.py'], 'cannot read none.py: no such file'],
    [['inspect', 'a.py', '--args', '{'], '--args must be JSON'],
    [['inspect', 'a.py', '--args', '3'], '--args must be a JSON array (positional) or object'],
    [['inspect', 'a.py', '--input', '[0]'], '--input must be a JSON array of sizes'],
    [['explain'], 'explain needs the name of one rule'],
    [['explain', 'relu-without-hee'], 'did you mean relu-without-he?'],
    [['server'], 'internal error: Error: not here'],
  ])('is 2 for %j', (args, message) => {
    const { status, stderr } = run(...args);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });

  it('is 2 for an internal error, in words', () => {
    write('a.py', 'explode');
    const { status, stderr } = run('check');
    expect(stderr).toContain('internal error: Error: exploded');
    expect(status).toBe(2);
  });
});

describe('check', () => {
  it('prints code frames, where tabs count as what is shown, and a summary', () => {
    write('pkg/bad.py', BAD);
    write('good.py', GOOD);
    const { stdout, stderr } = run('check');
    expect(stdout).toBe(`warning[relu-without-he] Glorot halves the variance at each ReLU: ×0.50 per layer.
 --> pkg/bad.py:6:10
  |
6 |     nn.init.xavier_normal_(self.fc1.weight)
  |             ^^^^^^^^^^^^^^
  = pkg/bad.py:3:7: the network
  = fix: Use He normal (changes training)
  = https://github.com/initlens/initlens/blob/main/docs/rules/relu-without-he.md

Found 1 warning in 2 networks (2 files)
`);
    expect(stderr).toBe('');
  });

  it('prints one line a finding with --format concise', () => {
    write('bad.py', BAD);
    const { stdout, stderr } = run('check', '--format', 'concise');
    expect(stdout).toBe('bad.py:6:10: warning[relu-without-he] Glorot halves the variance at each ReLU: ×0.50 per layer.\n');
    expect(stderr).toBe('Found 1 warning in 1 network (1 file)\n');
  });

  it('prints the documented JSON', () => {
    write('bad.py', BAD);
    write('binary.py', new Uint8Array([1, 0, 2]));
    const { stdout, stderr } = run('check', '--format', 'json');
    const start = BAD.indexOf('xavier_normal_');
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      findings: [
        {
          rule: 'relu-without-he',
          severity: 'warning',
          file: 'bad.py',
          line: 6,
          column: 10,
          endLine: 6,
          endColumn: 24,
          message: 'Glorot halves the variance at each ReLU: ×0.50 per layer.',
          network: 'Net',
          fixes: [
            {
              title: 'Use He normal (changes training)',
              safe: false,
              edits: [{ file: 'bad.py', start, end: start + 14, text: 'kaiming_normal_' }],
            },
          ],
        },
      ],
      summary: { files: 1, networks: 1, findings: 1, skipped: 1 },
    });
    expect(stderr).toBe('skipped binary.py: a binary file\n');
  });

  it('shows what --severity says', () => {
    write('bad.py', BAD);
    const { stdout, status } = run('check', '--severity', 'error');
    expect(stdout).toBe('Found no findings in 1 network (1 file)\n');
    expect(status).toBe(0);
  });

  it("walks folders but not other people's", () => {
    for (const other of ['venv', 'node_modules', 'lib/site-packages', '__pycache__', '.git', '.hidden']) write(`${other}/bad.py`, BAD);
    write('mine/pyvenv.cfg', '');
    write('mine/bad.py', BAD);
    write('notes.txt', BAD);
    write('src/bad.py', BAD);
    const { stdout } = run('check', '--format', 'json');
    expect(JSON.parse(stdout).findings.map(({ file }: { file: string }) => file)).toEqual(['src/bad.py']);
  });

  it('checks a file once, whatever paths lead to it, and survives links that lead nowhere or round', () => {
    write('src/bad.py', BAD);
    symlinkSync(join(folder, 'src'), join(folder, 'src/again'));
    symlinkSync(join(folder, 'none.py'), join(folder, 'src/dangling.py'));
    symlinkSync(join(folder, 'src/bad.py'), join(folder, 'src/copy.py'));
    const { stdout, status } = run('check', '.', 'src', 'src/bad.py', '--format', 'json');
    expect(JSON.parse(stdout).summary).toEqual({ files: 1, networks: 1, findings: 1, skipped: 1 });
    expect(status).toBe(1);
  });

  it('says why a file was skipped', () => {
    symlinkSync(join(folder, 'loop.py'), join(folder, 'loop.py'));
    write('binary.py', new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0]));
    const { stderr, status } = run('check');
    expect(stderr.split('\n')).toEqual(['skipped loop.py: a link that leads to itself', 'skipped binary.py: a binary file', '']);
    expect(status).toBe(0);
  });

  it('reads marks, Latin-1 and odd line ends with the right columns', () => {
    write('marked.py', `\ufeff${BAD}`);
    write('latin.py', Buffer.concat([Buffer.from('# '), Buffer.from([0xe9, 10]), Buffer.from(BAD)]));
    write('cr.py', BAD.replaceAll('\n', '\r\n'));
    const findings = JSON.parse(run('check', '--format', 'json').stdout).findings as { file: string; line: number; column: number }[];
    expect(findings.map(({ file, line, column }) => `${file}:${line}:${column}`)).toEqual([
      'cr.py:6:10',
      'latin.py:7:10',
      'marked.py:6:10',
    ]);
  });

  it('colours only where asked to, and NO_COLOR wins', () => {
    write('bad.py', BAD);
    const colored = (env: NodeJS.ProcessEnv) =>
      spawnSync(process.execPath, [cli, 'check'], { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env } }).stdout.includes(
        '\u001b[',
      );
    expect(colored({ FORCE_COLOR: '1', NO_COLOR: undefined })).toBe(true);
    expect(colored({ FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
    expect(colored({ FORCE_COLOR: undefined, NO_COLOR: undefined })).toBe(false);
  });

  it('does not let source text drive the terminal', () => {
    write('bad.py', BAD.replace('\tnn.', "\t'\u001b[2J'; nn."));
    expect(run('check').stdout).not.toContain('\u001b');
  });

  it('ends quietly when its reader hangs up', async () => {
    write('bad.py', BAD + '\tnn.init.xavier_normal_(self.fc1.weight)\n'.repeat(10_000));
    const child = spawn(process.execPath, [cli, 'check'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let log = '';
    child.stderr.on('data', (data) => {
      log += data;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    await new Promise((done) => child.once('exit', done));
    expect(log).toBe('');
  });
});

describe('the other commands', () => {
  it('inspect prints version 1 of what is believed', () => {
    write('bad.py', BAD);
    const { stdout, status } = run('inspect', 'bad.py');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      files: [
        {
          file: 'bad.py',
          networks: [
            {
              name: 'Net',
              framework: 'torch',
              line: 3,
              entry: 'defaults',
              parameters: [
                {
                  path: 'fc1.weight',
                  layer: 'Linear',
                  line: 5,
                  shape: [8, 4],
                  fanIn: 4,
                  fanOut: 8,
                  init: { family: 'normal', mean: 0, std: 0.5, source: 'default', line: 5 },
                  trainable: true,
                  next: [],
                },
              ],
              nodes: [
                { id: 0, op: 'input', inputs: [], shape: [null, 4] },
                { id: 1, op: 'dense', path: 'fc1', line: 5, inputs: [0], shape: [null, 8], forward: { rms: 2 }, gradient: { rms: 0.5 } },
              ],
              findings: [{ rule: 'relu-without-he', severity: 'warning', line: 6 }],
            },
          ],
        },
      ],
    });
  });

  it('explain, rules, --version and --help answer on stdout', () => {
    expect(run('rules').stdout).toBe('relu-without-he  ReLU after Glorot.\n');
    expect(run('explain', 'relu-without-he').stdout).toContain('Why\n    Half of the variance\n    is lost.');
    expect(run('--version').stdout).toBe('initlens 1.2.3\n');
    expect(run('check', '--help').stdout).toBe(run('--help').stdout);
    expect(run('--help').status).toBe(0);
  });
});
