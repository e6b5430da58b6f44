/** importlib: modules by name, and whether a package is there. */

import { OBJECT } from '../builtins/types.ts';
import type { Machine } from '../machine.ts';
import { native, nativeClass } from '../native.ts';
import type { NativeCall, Value } from '../values.ts';
import { NONE, unknown } from '../values.ts';

/** What `find_spec` gives for a package that is there; nothing of it is known but that. */
const SPEC = nativeClass('importlib.machinery.ModuleSpec', [OBJECT], {});

const findSpec: NativeCall = (args, site, m) => {
  const [name] = args.positional;
  if (name?.kind !== 'string') return unknown('find_spec() of an unknown name', site.span);
  const found = (m as Machine).modules.installed(name.value, site.span.anchor.file);
  if (found === undefined) return unknown(`whether ${name.value} is installed`, site.span);
  return found ? m.newInstance(SPEC, undefined, site) : NONE;
};

const importModule: NativeCall = (args, site, m) => {
  const [name, anchor] = args.positional;
  if (name?.kind !== 'string') return unknown('import_module() of an unknown name', site.span);
  const level = /^\.*/.exec(name.value)?.[0].length ?? 0;
  if (level > 0 && anchor === undefined && !args.keywords.has('package'))
    return unknown('a relative import without its package', site.span);
  return (m as Machine).importNamed(name.value.slice(level), level, site.span.anchor.file);
};

export const importlib: Readonly<Record<string, NativeCall | Value>> = { import_module: importModule };
export const importlibUtil: Readonly<Record<string, NativeCall | Value>> = { find_spec: native('find_spec', findSpec, 'static') };
