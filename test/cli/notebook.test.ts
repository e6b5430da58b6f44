/** The command line over notebooks on disk. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleEntry } from '../support/bundle.ts';
import { code, markdown, notebookJson, type TestCell, textbook } from '../support/notebooks.ts';

const folder = mkdtempSync(join(tmpdir(), 'initlens-notebooks-'));
let cli = '';

beforeAll(async () => {
  cli = await bundleEntry('server/src/main.cli.ts');
  write('deep.ipynb', notebookJson(textbook));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const run = (...args: string[]) => spawnSync(process.execPath, [cli, ...args], { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 });

interface Finding {
  readonly rule: string;
  readonly file: string;
  readonly cell?: number;
  readonly line: number;
  readonly column: number;
  readonly fixes: readonly { readonly edits: readonly { file: string; cell?: number; start: number; end: number; text: string }[] }[];
}

const check = (file: string): readonly Finding[] =>
  (JSON.parse(run('check', file, '--format', 'json').stdout) as { findings: Finding[] }).findings;

/** The notebook with a fix's edits written into its cells, from the last to the first. */
const applied = (cells: readonly TestCell[], { fixes }: Finding, fix: number): readonly TestCell[] => {
  const edits = [...fixes[fix]!.edits].sort((a, b) => b.start - a.start);
  return cells.map((cell, i) => {
    let source = cell.source.join('');
    for (const { start, end, text } of edits.filter((edit) => edit.cell === i + 1))
      source = source.slice(0, start) + text + source.slice(end);
    return { ...cell, source: [source] };
  });
};

describe('check', () => {
  it('names the cell, counted over all, and the line in it', () => {
    const [finding, ...others] = check('deep.ipynb');
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ rule: 'relu-without-he', file: 'deep.ipynb', cell: 5, line: 6, column: 13 });
  });

  it('has edits whose offsets count in their cells: applied, each fix leaves nothing', () => {
    const [finding] = check('deep.ipynb');
    expect(finding!.fixes.length).toBeGreaterThan(3);
    for (const fix of finding!.fixes.keys()) {
      write('fixed.ipynb', notebookJson(applied(textbook, finding!, fix)));
      expect(check('fixed.ipynb'), `fix ${fix}`).toEqual([]);
    }
    // What the formula needs is imported in the cell that has the imports.
    const formula = finding!.fixes.find(({ edits }) => edits.some(({ text }) => text === 'import math\n'));
    expect(formula?.edits[0]).toMatchObject({ cell: 2 });
  });

  it('says the cell on a terminal, with the line as it was written', () => {
    expect(run('check', 'deep.ipynb', '--format', 'concise').stdout).toMatch(/^deep\.ipynb:cell 5:6:13: \w+\[relu-without-he\]/);
    const { stdout } = run('check', 'deep.ipynb');
    expect(stdout).toContain('--> deep.ipynb:cell 5:6:13\n');
    expect(stdout).toContain('6 |             nn.init.xavier_uniform_(m.weight)\n');
  });

  it('walks folders for them, and reads none of the checkpoints', () => {
    mkdirSync(join(folder, 'project/.ipynb_checkpoints'), { recursive: true });
    write('project/a.ipynb', notebookJson(textbook));
    write('project/.ipynb_checkpoints/a-checkpoint.ipynb', notebookJson(textbook));
    const { findings, summary } = JSON.parse(run('check', 'project', '--format', 'json').stdout) as {
      findings: Finding[];
      summary: unknown;
    };
    expect(findings.map(({ file, cell }) => [file, cell])).toEqual([['project/a.ipynb', 5]]);
    expect(summary).toMatchObject({ files: 1, networks: 1, findings: 1, skipped: 0 });
  });

  it('reads modules that lie beside the notebook', () => {
    const init = textbook[4]!.source.join('').replace('%%time\n@add_to_class(Net)\n', '').replace('self', 'net');
    write('inits.py', `from torch import nn\n\n${init.replaceAll('self', 'net')}\n`);
    const cells = textbook.map((cell, i) => (i === 4 ? code('from inits import reset\nNet.reset = reset') : cell));
    write('imports.ipynb', notebookJson(cells));
    const [finding] = check('imports.ipynb');
    expect(finding).toMatchObject({ file: 'inits.py', line: 6 });
    expect(finding).not.toHaveProperty('cell');
  });

  it.each([
    ['cut off', notebookJson(textbook).slice(0, 200), 'skipped bad.ipynb: not valid JSON'],
    ['empty', '', 'skipped bad.ipynb: an empty file'],
    ['not a notebook', '{"model": 1}', 'skipped bad.ipynb: not a notebook: it has no cells'],
    ['binary', '\u0000\u0001', 'skipped bad.ipynb: a binary file'],
  ])('says in a line what is wrong with one that is %s', (_, text, message) => {
    write('bad.ipynb', text);
    const { stderr, status, stdout } = run('check', 'bad.ipynb');
    expect(stderr).toBe(`${message}\n`);
    expect(stdout).toContain('no findings in 0 networks (0 files, 1 skipped)');
    expect(status).toBe(0);
  });

  it('gives what it can of one with strange cells', () => {
    const cells = [{ cell_type: 'code' }, null, 'x', ...textbook];
    write('strange.ipynb', JSON.stringify({ cells }));
    expect(check('strange.ipynb')).toMatchObject([{ cell: 8 }]);
  });

  it('is quiet about one without Python, and one without models', () => {
    write('r.ipynb', notebookJson([code('x <- c(1, 2)')], { kernelspec: { language: 'R', name: 'ir' } }));
    write('text.ipynb', notebookJson([markdown('# Hello')]));
    const { stdout, stderr } = run('check', 'r.ipynb', 'text.ipynb');
    expect(stderr).toBe('');
    expect(stdout).toContain('no findings in 0 networks (2 files)');
  });

  it('reads past fifty megabytes of outputs', () => {
    const picture = { output_type: 'display_data', data: { 'image/png': 'A'.repeat(1_000_000) } };
    const [last, ...before] = [...textbook].reverse();
    write('big.ipynb', notebookJson([...before.reverse(), { ...last!, outputs: new Array(50).fill(picture) }]));
    const found = (file: string) => check(file).map(({ rule, cell, line }) => ({ rule, cell, line }));
    expect(found('big.ipynb')).toEqual(found('deep.ipynb'));
  });
});

describe('inspect', () => {
  it('names cells wherever it names lines', () => {
    const { files } = JSON.parse(run('inspect', 'deep.ipynb').stdout) as {
      files: { file: string; networks: Readonly<Record<string, unknown>>[] }[];
    };
    expect(files[0]?.file).toBe('deep.ipynb');
    const [net] = files[0]!.networks;
    expect(net).toMatchObject({ name: 'net', cell: 7, line: 1 });
    expect((net!.parameters as unknown[])[0]).toMatchObject({
      path: 'layers.0.weight',
      cell: 3,
      line: 9,
      init: { cell: 5, line: 6 },
    });
    expect(net!.findings).toMatchObject([{ cell: 5, line: 6 }]);
  });

  it('fails on one that cannot be read, with the reason', () => {
    write('bad.ipynb', '{');
    const { status, stderr } = run('inspect', 'bad.ipynb');
    expect(status).toBe(2);
    expect(stderr).toBe('initlens: cannot read bad.ipynb: not valid JSON\n');
  });
});
