/**
 * Where a Python environment keeps its packages, found by looking at folders: nothing is executed. An environment is a prefix with
 * `lib/python3.*` in it (a venv, conda, /usr), a Python executable in such a prefix, or a folder of packages itself.
 */
import type { Host } from '../text/host.ts';

export type Folders = Pick<Host, 'list' | 'readFile'>;

const join = (folder: string, name: string): string => (folder === '' ? name : `${folder.replace(/\/$/, '')}/${name}`);

const parent = (path: string): string => {
  const trimmed = path.replace(/\/+$/, '');
  const at = trimmed.lastIndexOf('/');
  return at < 0 ? '' : at === 0 ? '/' : trimmed.slice(0, at);
};

const folders = (host: Folders, folder: string): readonly string[] =>
  host
    .list(folder)
    .filter((name) => name.endsWith('/'))
    .map((name) => name.slice(0, -1));

const PACKAGES = ['site-packages', 'dist-packages'];

/** 3.12 before 3.9. */
const newestFirst = (a: string, b: string): number => Number(b.split('.')[1] ?? 0) - Number(a.split('.')[1] ?? 0);

/** Folders of packages of a prefix: `lib/python3.11/site-packages`, Debian's `lib/python3/dist-packages`, Windows' `Lib/site-packages`. */
const ofPrefix = (host: Folders, prefix: string): readonly string[] => {
  const found: string[] = [];
  const add = (folder: string, inside: readonly string[]): void => {
    for (const name of PACKAGES) if (inside.includes(name)) found.push(join(folder, name));
  };
  const top = folders(host, prefix);
  for (const lib of ['lib', 'lib64', 'Lib'].filter((name) => top.includes(name))) {
    const folder = join(prefix, lib);
    const inside = folders(host, folder);
    add(folder, inside);
    for (const version of inside.filter((name) => /^python3(?:\.\d+)?$/.test(name)).sort(newestFirst))
      add(join(folder, version), folders(host, join(folder, version)));
  }
  return found;
};

/** A folder that installers put packages into, by what they leave there. */
const holdsPackages = (host: Folders, folder: string): boolean =>
  PACKAGES.includes(folder.replace(/\/+$/, '').split('/').at(-1) ?? '') ||
  host.list(folder).some((name) => /\.(?:dist|egg)-info\/?$/.test(name));

const EXECUTABLE = /(?:^|\/)(?:python|pypy)[\d.]*(?:\.exe)?$/i;

/** `key = value` of `pyvenv.cfg`. */
const setting = (text: string, key: string): string | undefined => new RegExp(`^\\s*${key}\\s*=\\s*(.+?)\\s*$`, 'mi').exec(text)?.[1];

/** Folders that `.pth` files add: a path a line. Lines that are code are not run, so finders of editable installs add nothing. */
const addedBy = (host: Folders, packages: string): readonly string[] =>
  host
    .list(packages)
    .filter((name) => name.endsWith('.pth'))
    .flatMap((name) => (host.readFile(join(packages, name)) ?? '').split(/\r?\n/))
    .map((line) => line.trim().replaceAll('\\', '/'))
    .filter((line) => line !== '' && !line.startsWith('#') && !/^import[ \t]/.test(line))
    .map((line) => (line.startsWith('/') || /^[A-Za-z]:/.test(line) ? line : join(packages, line)))
    .filter((folder) => host.list(folder).length > 0);

/** The folders in which an environment's packages are looked for, in Python's order; empty where the path is no environment. */
export const environmentRoots = (host: Folders, path: string): readonly string[] => {
  const place = path.replaceAll('\\', '/').replace(/(?!^)\/+$/, '');
  // `bin/python`, `Scripts/python.exe`; conda on Windows has python.exe in the prefix itself.
  const prefixes = EXECUTABLE.test(place) ? [parent(parent(place)), parent(place)] : [place];
  const found = prefixes.flatMap((prefix) => {
    const own = ofPrefix(host, prefix);
    const config = host.readFile(join(prefix, 'pyvenv.cfg'));
    const home = config && setting(config, 'include-system-site-packages')?.toLowerCase() === 'true' ? setting(config, 'home') : undefined;
    return home === undefined ? own : [...own, ...ofPrefix(host, parent(home.replaceAll('\\', '/')))];
  });
  const roots = found.length > 0 ? found : holdsPackages(host, place) ? [place] : [];
  return [...new Set([...roots, ...roots.flatMap((root) => addedBy(host, root))])];
};

/** Names under which virtual environments lie in a project. */
const IN_PROJECT = ['.venv', 'venv', 'env', '.env'];

/** The environment of a workspace: one of its own, else what the process was started in. */
export const projectEnvironment = (host: Folders, roots: readonly string[], active: string | undefined): readonly string[] => {
  for (const root of roots)
    for (const name of IN_PROJECT) {
      const folder = join(root, name);
      if (host.readFile(join(folder, 'pyvenv.cfg')) === undefined) continue;
      const found = environmentRoots(host, folder);
      if (found.length > 0) return found;
    }
  return active ? environmentRoots(host, active) : [];
};
