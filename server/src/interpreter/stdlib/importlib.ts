/** importlib: modules by name, whether a package is there, and in which release. */

import { OBJECT } from '../builtins/types.ts';
import type { Machine } from '../machine.ts';
import { native, nativeClass } from '../native.ts';
import type { CallSite, NativeCall, Value } from '../values.ts';
import { list, NONE, str, unknown } from '../values.ts';

/** What `find_spec` gives for a package that is there; nothing of it is known but that. */
const SPEC = nativeClass('importlib.machinery.ModuleSpec', [OBJECT], {});

const findSpec: NativeCall = (args, site, m) => {
  const [name] = args.positional;
  if (name?.kind !== 'string') return unknown('find_spec() of an unknown name', site.span);
  const found = (m as Machine).modules.installed(name.value, site.span.anchor.file);
  if (found === undefined) return unknown(`whether ${name.value} is installed`, site.span);
  return found ? m.newInstance(SPEC, undefined, site) : NONE;
};

/** A package that is known not to be there raises. */
const importedOr = (m: Machine, name: string, site: CallSite): Value => {
  const module = m.importNamed(name, 0, site.span.anchor.file);
  return module.kind === 'unknown' && m.modules.installed(name, site.span.anchor.file) === false ? { ...module, raises: true } : module;
};

const importModule: NativeCall = (args, site, m) => {
  const [name] = args.positional;
  if (name?.kind !== 'string') return unknown('import_module() of an unknown name', site.span);
  const level = /^\.*/.exec(name.value)?.[0].length ?? 0;
  const machine = m as Machine;
  if (level === 0) return importedOr(machine, name.value, site);
  const anchor = args.positional[1] ?? args.keywords.get('package');
  if (!anchor) return unknown('a relative import without its package', site.span);
  // `__package__` of a file that is no module by name: its own.
  if (anchor.kind !== 'string') return machine.importNamed(name.value.slice(level), level, site.span.anchor.file);
  // Dots count from the package that is named, wherever the call stands: the first is the package itself.
  const parts = anchor.value.split('.');
  if (level > parts.length) return unknown('a relative import beyond its package', site.span);
  const path = [...parts.slice(0, parts.length - (level - 1)), name.value.slice(level)].filter((part) => part !== '').join('.');
  return machine.importNamed(path, 0, site.span.anchor.file);
};

export const importlib: Readonly<Record<string, NativeCall | Value>> = { import_module: importModule };
export const importlibUtil: Readonly<Record<string, NativeCall | Value>> = { find_spec: native('find_spec', findSpec, 'static') };

const release = (name: Value | undefined, file: string, m: Machine): string | undefined =>
  name?.kind === 'string' ? m.modules.release(name.value, file) : undefined;

/** Distributions by the package that they install: the name is the same but for a few, which have no release then. */
const DISTRIBUTIONS = nativeClass('importlib.metadata.Distributions', [OBJECT], {
  get: ({ positional: [, name, fallback] }, site, m) =>
    release(name, site.span.anchor.file, m as Machine) === undefined ? (fallback ?? NONE) : list([name as Value]),
});

export const metadata: Readonly<Record<string, NativeCall | Value>> = {
  version: (args, site, m) => {
    const found = release(args.positional[0], site.span.anchor.file, m as Machine);
    return found === undefined ? unknown('the version of a package', site.span) : str(found);
  },
  packages_distributions: (_args, site, m) => m.newInstance(DISTRIBUTIONS, undefined, site),
  PackageNotFoundError: nativeClass('importlib.metadata.PackageNotFoundError', [OBJECT]),
};
