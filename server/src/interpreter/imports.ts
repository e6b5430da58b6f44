/** `import` and `from … import …`: frameworks by name, workspace modules through the loader. */
import type { ImportFromStmt, ImportStmt } from '../syntax/ast.ts';
import type { Machine } from './machine.ts';
import { store } from './scope.ts';
import { standardModule } from './stdlib/index.ts';
import type { ModuleValue, Scope, Value } from './values.ts';
import { unknown } from './values.ts';

/** The namespace of a package that is not read but modelled by a framework. */
export const externalModule = ({ hooks }: Pick<Machine, 'hooks'>, path: string): ModuleValue => {
  const members = new Map<string, Value | undefined>();
  return {
    kind: 'module',
    path,
    external: true,
    // Its machine must not live as long as the module that imports it.
    get: (name) => {
      if (members.has(name)) return members.get(name);
      const value = externalValue({ hooks }, `${path}.${name}`);
      members.set(name, value);
      return value;
    },
    names: () => [],
  };
};

const externalValue = (m: Pick<Machine, 'hooks'>, path: string): Value | undefined => {
  const found = m.hooks.external(path);
  if (found === 'module') return externalModule(m, path);
  return found;
};

/** The value of an absolute module path, or unknown with that path. */
export const resolveModule = (m: Machine, path: string, scope: Pick<Scope, 'module'>): Value => {
  const top = path.split('.')[0] as string;
  if (m.hooks.owns(top)) {
    const found = externalValue(m, path);
    if (found?.kind === 'module') return found;
    const file = m.hooks.reads?.(path) ? m.modules.importModule(path, 0, scope.module, m) : undefined;
    return file?.kind === 'module' ? file : externalModule(m, path);
  }
  const standard = standardModule(path);
  if (standard)
    return path === 'sys' ? { ...standard, get: (name) => (name === 'path' ? m.modules.searchPath : standard.get(name)) } : standard;
  const read = m.modules.importModule(path, 0, scope.module, m);
  return read.kind === 'unknown' ? (externalValue(m, path) ?? read) : read;
};

export const importModules = (m: Machine, s: ImportStmt, scope: Scope): void => {
  for (const one of s.modules) {
    if (one.alias) store(m, scope, one.alias, resolveModule(m, one.module, scope));
    else {
      const top = one.module.split('.')[0] as string;
      if (top !== one.module) resolveModule(m, one.module, scope);
      store(m, scope, top, resolveModule(m, top, scope));
    }
  }
};

const moduleOf = (m: Machine, s: ImportFromStmt, scope: Scope): Value =>
  s.level > 0 ? m.modules.importModule(s.module, s.level, scope.module, m) : resolveModule(m, s.module, scope);

/** The names that a star import binds; what a framework's namespace holds is not listed. */
export const starNames = (m: Machine, s: ImportFromStmt, scope: Scope): readonly string[] => {
  const module = moduleOf(m, s, scope);
  return module.kind === 'module' ? module.names().filter((name) => !name.startsWith('_')) : [];
};

/** Binds one name out of a star import, or all of a framework's names; whether the name is bound then. */
export const importMember = (m: Machine, s: ImportFromStmt, name: string, scope: Scope): boolean => {
  const module = moduleOf(m, s, scope);
  if (module.kind !== 'module') return false;
  if (module.external) {
    importAll(m, module, scope);
    return scope.vars.has(name);
  }
  if (name.startsWith('_') || !module.names().includes(name)) return false;
  const value = module.get(name);
  if (value) store(m, scope, name, value);
  return value !== undefined;
};

/** The same for a star that only type checkers see: its module is asked for the name, since to list its names would read all of it. */
export const importTyped = (m: Machine, s: ImportFromStmt, name: string, scope: Scope): void => {
  const module = moduleOf(m, s, scope);
  if (name.startsWith('_')) return;
  const value = module.kind === 'module' && !module.external ? module.get(name) : undefined;
  if (value) store(m, scope, name, value);
};

export const importFrom = (m: Machine, s: ImportFromStmt, scope: Scope): void => {
  const module = moduleOf(m, s, scope);
  for (const one of s.names) {
    if (one.name === '*') {
      importAll(m, module, scope);
      continue;
    }
    store(m, scope, one.alias ?? one.name, member(m, module, one.name, s, scope));
  }
};

const importAll = (m: Machine, module: Value, scope: Scope): void => {
  if (module.kind !== 'module') return;
  for (const name of module.names()) {
    const value = module.get(name);
    if (value && !name.startsWith('_')) store(m, scope, name, value);
  }
  if (!module.external) return;
  // Names of a framework's namespace are listed by the framework under `*`.
  const listed = m.hooks.external(`${module.path}.*`);
  if (listed && listed !== 'module' && listed.kind === 'dict')
    for (const { key, value } of listed.entries.values()) if (key.kind === 'string') store(m, scope, key.value, value);
};

const member = (m: Machine, module: Value, name: string, s: ImportFromStmt, scope: Scope): Value => {
  if (module.kind === 'module') {
    const found = module.get(name);
    if (found) return found;
    if (!module.external || m.hooks.reads?.(`${module.path}.${name}`)) {
      // `from package import submodule`
      const sub = m.modules.importModule(s.module ? `${s.module}.${name}` : name, s.level, scope.module, m);
      if (sub.kind !== 'unknown') return sub;
    }
    return { ...unknown(`${module.path}.${name} is not known`, s.span), path: `${module.path}.${name}` };
  }
  const base = module.kind === 'unknown' && module.path ? module.path : s.module;
  return { ...unknown(`${base}.${name} is not read`, s.span), path: `${base}.${name}` };
};
