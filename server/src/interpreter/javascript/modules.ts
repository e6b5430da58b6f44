/**
 * `import`, `export` and `require`: packages that a framework answers for, files of the workspace by relative path. A module's exports
 * are its top-level names, those under `export:`, `default`, and what it puts on `module.exports`.
 */
import type { ImportFromStmt } from '../../syntax/ast.ts';
import type { Host } from '../../text/host.ts';
import { externalModule } from '../imports.ts';
import type { Machine } from '../machine.ts';
import type { DictValue, ModuleValue, Scope, Value } from '../values.ts';
import { str, unknown } from '../values.ts';
import { declare } from './scope.ts';

/** `tf` out of `https://cdn…/@tensorflow/tfjs@4/+esm`, `npm:@tensorflow/tfjs`, `@tensorflow/tfjs/dist/index.js`: the package's name. */
const packageOf = (specifier: string): string => {
  const scoped = /@[\w-]+\/[\w.-]+/.exec(specifier)?.[0];
  return scoped ?? (specifier.split('/')[0] as string);
};

const isRelative = (specifier: string): boolean => /^\.{0,2}\//.test(specifier) || specifier === '.' || specifier === '..';

/** The module behind a specifier, or unknown with its path. */
const resolveModule = (m: Machine, specifier: string, scope: Scope): Value => {
  if (!isRelative(specifier)) {
    const name = packageOf(specifier);
    if (m.hooks.owns(name)) return externalModule(m, name);
  }
  return m.modules.importModule(specifier, 0, scope.module, m);
};

/** What `module.exports` holds, if the module puts something there. */
const commonExports = (scope: Scope): Value | undefined => {
  const module = scope.vars.get('module');
  const exports = module?.kind === 'dict' ? module.entries.get('sexports')?.value : undefined;
  return exports && (exports.kind !== 'dict' || exports.entries.size > 0 || exports.open) ? exports : undefined;
};

const object = (entries: readonly (readonly [string, Value])[]): DictValue => ({
  kind: 'dict',
  entries: new Map(entries.map(([name, value]) => [`s${name}`, { key: str(name), value }])),
  open: false,
});

/** The names that every file finds: `module`, `exports`. */
export const prepareModule = (scope: Scope): void => {
  const exports = object([]);
  scope.vars.set('module', object([['exports', exports]]));
  scope.vars.set('exports', exports);
};

/** A name that a module exports. */
export const exportOf = (scope: Scope, name: string): Value | undefined => {
  const own = scope.vars.get(`export:${name}`);
  if (own) return own;
  const common = commonExports(scope);
  if (name === 'default') return scope.vars.get('default') ?? common;
  const held = common?.kind === 'dict' ? common.entries.get(`s${name}`)?.value : undefined;
  return held ?? scope.vars.get(name);
};

export const exportNames = (scope: Scope): readonly string[] =>
  [...scope.vars.keys()].filter((name) => name !== 'module' && name !== 'exports').map((name) => name.replace(/^export:/, ''));

const scopes = new WeakMap<ModuleValue, Scope>();

/** Remembers the scope behind a module's value, for `require`. */
export const rememberScope = (module: ModuleValue, scope: Scope): void => {
  scopes.set(module, scope);
};

/** `require('…')`: what the module put on `module.exports`, else its names. */
export const requireModule = (m: Machine, specifier: string, scope: Scope): Value => {
  const module = resolveModule(m, specifier, scope);
  const own = module.kind === 'module' ? scopes.get(module) : undefined;
  return (own && commonExports(own)) ?? module;
};

/** `import * as name from '…'` */
export const importAs = (m: Machine, specifier: string, scope: Scope): Value => resolveModule(m, specifier, scope);

export const importNames = (m: Machine, s: ImportFromStmt, scope: Scope): void => {
  const module = resolveModule(m, s.module, scope);
  for (const one of s.names) {
    if (one.name === '*') {
      for (const name of module.kind === 'module' ? module.names() : []) {
        const value = name === 'default' || module.kind !== 'module' ? undefined : module.get(name);
        if (value && !scope.vars.has(name)) declare(m, scope, name, value);
      }
      continue;
    }
    declare(m, scope, one.alias ?? one.name, member(m, module, one.name, s));
  }
};

const member = (_m: Machine, module: Value, name: string, s: ImportFromStmt): Value => {
  if (module.kind === 'module') {
    const found = module.get(name);
    if (found) return found;
    // Of a package that is modelled the default is the whole.
    if (module.external && name === 'default') return module;
    return { ...unknown(`${module.path} exports no ${name}`, s.span), path: `${module.path}.${name}` };
  }
  const base = module.kind === 'unknown' && module.path ? module.path : s.module;
  return { ...unknown(`${base} is not read`, s.span), path: `${base}.${name}` };
};

// ── files ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const ENDINGS = ['.ts', '.tsx', '.js', '.jsx', '.mjs', '.cjs', '.mts', '.cts'];

/** `./a/../b` without the dots. */
const normalized = (path: string): string => {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..' && parts.at(-1) !== '') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
};

/** The file that a relative specifier means; TypeScript writes `./model.js` for `model.ts`. */
export const findFile = (host: Host, specifier: string, from: string): string | undefined => {
  if (!isRelative(specifier)) return undefined;
  const folder = from.includes('/') ? from.slice(0, from.lastIndexOf('/')) : '.';
  const base = normalized(specifier.startsWith('/') ? specifier : `${folder}/${specifier}`);
  const stem = base.replace(/\.[cm]?jsx?$/, '');
  const candidates = [
    ...(ENDINGS.some((ending) => base.endsWith(ending)) ? [base] : []),
    ...(stem === base ? [] : ENDINGS.map((ending) => stem + ending)),
    ...ENDINGS.map((ending) => base + ending),
    ...ENDINGS.map((ending) => normalized(`${base}/index${ending}`)),
  ];
  return candidates.find((file) => file !== from && host.exists(file));
};
