/** Modules as values: what `module.name` gives, and which names there are. */
import type { SourceModule } from '../syntax/ast.ts';
import { exportNames, exportOf, rememberScope } from './javascript/modules.ts';
import type { Machine } from './machine.ts';
import { noteRead } from './scope.ts';
import { NO_SITE } from './site.ts';
import type { ModuleValue, Scope, Value } from './values.ts';
import { args, str } from './values.ts';

/** What a module's value asks of the loader. */
export interface Importer {
  /** Who asks just now. */
  asking(): Machine | undefined;
  importModule(module: string, level: number, from: string, machine: Machine): Value;
}

export const moduleValue = ({ file, language }: SourceModule, scope: Scope, importer: Importer): ModuleValue =>
  language === 'javascript' ? exportsOf(file, scope, importer) : pythonModule(file, scope, importer);

const pythonModule = (file: string, scope: Scope, importer: Importer): ModuleValue => {
  const folder = /(^|\/)__init__\.py$/.test(file) ? file.slice(0, file.length - '__init__.py'.length) : null;
  return {
    kind: 'module',
    path: moduleName(file),
    external: false,
    get: (name) => {
      const machine = importer.asking();
      if (machine) noteRead(machine, scope, name);
      scope.demand?.(name);
      const found = scope.vars.get(name);
      if (found || !machine) return found;
      const sub = folder === null ? undefined : importer.importModule(name, 1, file, machine);
      if (sub && sub.kind !== 'unknown') return sub;
      // PEP 562: what a module does not have it may make. Names of the language's own (`__path__`) are not asked for.
      if (name.startsWith('__')) return undefined;
      scope.demand?.('__getattr__');
      const make = scope.vars.get('__getattr__');
      const value = make && machine.call(make, args([str(name)]), NO_SITE);
      return value?.kind === 'unknown' ? undefined : value;
    },
    names: () => {
      scope.demand?.('__all__');
      const all = scope.vars.get('__all__');
      if (all?.kind === 'list' || all?.kind === 'tuple') return all.items.flatMap((v) => (v.kind === 'string' ? [v.value] : []));
      return scope.demandable?.() ?? [...scope.vars.keys()];
    },
  };
};

/** A module of JavaScript is what it exports. */
const exportsOf = (file: string, scope: Scope, importer: Importer): ModuleValue => {
  const value: ModuleValue = {
    kind: 'module',
    path: moduleName(file),
    external: false,
    get: (name) => {
      const machine = importer.asking();
      if (machine) for (const read of [name, 'module', 'exports']) noteRead(machine, scope, read);
      return exportOf(scope, name);
    },
    names: () => exportNames(scope),
  };
  rememberScope(value, scope);
  return value;
};

/** A folder without `__init__.py` that holds modules: a package of the language, with nothing in it but these. */
export const namespaceOf = (module: string, level: number, from: string, importer: Importer): ModuleValue => ({
  kind: 'module',
  path: module,
  external: false,
  get: (name) => {
    const machine = importer.asking();
    const sub = machine && importer.importModule(module === '' ? name : `${module}.${name}`, level, from, machine);
    return sub?.kind === 'module' ? sub : undefined;
  },
  names: () => [],
});

const moduleName = (file: string): string => (file.split('/').pop() ?? file).replace(/\.py$/, '');
