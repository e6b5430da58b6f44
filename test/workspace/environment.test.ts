/** Python environments by their folders: what is found where, and nothing is executed. */
import { describe, expect, it } from 'vitest';
import { memoryHost } from '../../server/src/text/host.ts';
import { environmentRoots, projectEnvironment } from '../../server/src/workspace/environment.ts';

const PIP = 'x/METADATA';
const rows: readonly (readonly [string, string, Record<string, string>, readonly string[]])[] = [
  ['a venv', '/v', { '/v/pyvenv.cfg': '', '/v/lib/python3.11/site-packages/a.py': '' }, ['/v/lib/python3.11/site-packages']],
  ['a venv, with a slash', '/v/', { '/v/lib/python3.11/site-packages/a.py': '' }, ['/v/lib/python3.11/site-packages']],
  [
    'the newest Python first',
    '/v',
    { '/v/lib/python3.9/site-packages/a.py': '', '/v/lib/python3.12/site-packages/a.py': '' },
    ['/v/lib/python3.12/site-packages', '/v/lib/python3.9/site-packages'],
  ],
  ['a venv on Windows', 'c:\\v', { 'c:/v/Lib/site-packages/a.py': '' }, ['c:/v/Lib/site-packages']],
  ['an executable', '/v/bin/python3.11', { '/v/lib/python3.11/site-packages/a.py': '' }, ['/v/lib/python3.11/site-packages']],
  ['an executable on Windows', 'c:/v/Scripts/python.exe', { 'c:/v/Lib/site-packages/a.py': '' }, ['c:/v/Lib/site-packages']],
  ['conda on Windows', 'c:/v/python.exe', { 'c:/v/Lib/site-packages/a.py': '' }, ['c:/v/Lib/site-packages']],
  ["Debian's folder", '/usr', { '/usr/lib/python3/dist-packages/a.py': '' }, ['/usr/lib/python3/dist-packages']],
  ['a folder of packages', '/s/site-packages', { '/s/site-packages/a.py': '' }, ['/s/site-packages']],
  ['a folder that pip wrote to', '/t', { [`/t/a-1.0.dist-info/${PIP}`]: '', '/t/a.py': '' }, ['/t']],
  ['a folder of something else', '/t', { '/t/a.py': '' }, []],
  ['nothing', '/none', {}, []],
  [
    'the system too, where a venv says so',
    '/v',
    {
      '/v/pyvenv.cfg': 'home = /usr/bin\ninclude-system-site-packages = true\n',
      '/v/lib/python3.11/site-packages/a.py': '',
      '/usr/lib/python3/dist-packages/b.py': '',
    },
    ['/v/lib/python3.11/site-packages', '/usr/lib/python3/dist-packages'],
  ],
  [
    'editable installs by their paths, never by code',
    '/s/site-packages',
    {
      '/s/site-packages/__editable__.mine-1.pth': '/home/mine/src\n# comment\nimport os; print(1)\nother\nmissing\n',
      '/s/site-packages/__editable___x_finder.py': '',
      '/home/mine/src/mine.py': '',
      '/s/site-packages/other/a.py': '',
    },
    ['/s/site-packages', '/home/mine/src', '/s/site-packages/other'],
  ],
];

describe('environments', () => {
  it.each(rows)('%s', (_, path, files, roots) => {
    expect(environmentRoots(memoryHost(files), path)).toEqual(roots);
  });

  it("a project's own comes before the one that is active", () => {
    const files = {
      '/p/.venv/pyvenv.cfg': '',
      '/p/.venv/lib/python3.11/site-packages/a.py': '',
      '/act/lib/python3.11/site-packages/a.py': '',
    };
    expect(projectEnvironment(memoryHost(files), ['/p'], '/act')).toEqual(['/p/.venv/lib/python3.11/site-packages']);
    expect(projectEnvironment(memoryHost(files), ['/q'], '/act')).toEqual(['/act/lib/python3.11/site-packages']);
    expect(projectEnvironment(memoryHost(files), ['/q'], undefined)).toEqual([]);
  });
});
