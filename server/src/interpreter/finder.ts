/** Where modules lie: Python's search order over the workspace, then over what is installed, if that may be read. */
import { type Host, isInstalled } from '../text/host.ts';
import type { ListValue } from './values.ts';
import { list } from './values.ts';

export class ModuleFinder {
  /** `sys.path` of the program that is analysed: what it put in. */
  searchPath: ListValue = list([]);
  private readonly host: Host;
  private program = '';

  constructor(host: Host) {
    this.host = host;
  }

  /** A file is analysed from now on. */
  start(program: string, searchPath: ListValue): void {
    this.program = program;
    this.searchPath = searchPath;
  }

  /** The file of a module seen from another; `level` counts leading dots. */
  find(module: string, level: number, from: string): string | undefined {
    const path = module.replaceAll('.', '/');
    for (const base of this.bases(level, from)) {
      const stem = path === '' ? base : joinPath(base, path);
      const whole = joinPath(stem, '__init__.py');
      for (const file of path === '' ? [whole] : [whole, `${stem}.py`])
        if ((file !== from || file === whole) && this.host.exists(file)) return file;
    }
    return undefined;
  }

  /** Whether a module is a folder without `__init__.py`, with modules or folders in it. */
  isFolder(module: string, level: number, from: string): boolean {
    const path = module.replaceAll('.', '/');
    for (const base of this.bases(level, from)) {
      const folder = path === '' ? base : joinPath(base, path);
      if (this.host.list(folder).some((name) => name.endsWith('.py') || name.endsWith('/'))) return true;
    }
    return false;
  }

  /** The release of an installed distribution, by the folder that says what it installed. */
  release(name: string, from: string): string | undefined {
    const wanted = normalName(name);
    for (const base of this.bases(0, from))
      for (const one of this.host.list(base)) {
        const found = /^(.+?)-(\d[^-]*)(?:-.*)?\.(?:dist-info|egg-info)\/?$/.exec(one);
        if (found && normalName(found[1] as string) === wanted) return found[2];
      }
    return undefined;
  }

  /** Folders in which a module is looked for. */
  private bases(level: number, from: string): ReadonlySet<string> {
    const own = folderOf(from);
    if (level > 0) {
      let base = own;
      for (let i = 1; i < level; i++) base = folderOf(base);
      return new Set([base]);
    }
    const { roots, environment = [] } = this.host;
    if (isInstalled(this.host, from)) return new Set([...environment.filter((root) => from.startsWith(`${root}/`)), ...environment]);
    const top = this.packageRoot(from);
    const rest = [...this.addedPaths(), ...roots, ...roots.map((root) => joinPath(root, 'src')), ...environment];
    // The folder of a script is where its imports start; that of a module in a package only where somebody runs it as a script.
    return new Set(top === own ? [own, ...rest] : [top, ...rest, own]);
  }

  /** Known folders of `sys.path`; relative ones count from the program's. */
  private addedPaths(): readonly string[] {
    return this.searchPath.items.flatMap((item) =>
      item.kind === 'string' ? [normalPath(isAbsolute(item.value) ? item.value : joinPath(folderOf(this.program), item.value))] : [],
    );
  }

  /** The folder above the outermost package that holds a file. */
  packageRoot(file: string): string {
    let folder = folderOf(file);
    for (let i = 0; i < 20 && this.host.exists(joinPath(folder, '__init__.py')); i++) folder = folderOf(folder);
    return folder;
  }
}

/** Names of distributions are compared in this form (PEP 503). */
const normalName = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, '-');

export const isAbsolute = (path: string): boolean => path.startsWith('/') || /^[A-Za-z][\w+.-]*:/.test(path);

export const folderOf = (path: string): string => {
  const at = path.lastIndexOf('/');
  return at < 0 ? '' : path.slice(0, at);
};

export const isInside = (folder: string, file: string): boolean => folder === '' || file.startsWith(`${folder}/`);

export const joinPath = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

/** Without `.` and, as far as folders are known, without `..`. */
export const normalPath = (path: string): string => {
  const parts: string[] = [];
  for (const part of path.replaceAll('\\', '/').split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..' && parts.at(-1) !== '') parts.pop();
    else if (part !== '.' && (part !== '' || parts.length === 0)) parts.push(part);
  }
  return parts.join('/');
};
