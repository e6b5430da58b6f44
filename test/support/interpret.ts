/** Runs Python source in the interpreter, without frameworks, and prints what names hold. */
import type { Hooks } from '../../server/src/interpreter/api.ts';
import { ModuleLoader, type ModuleRun } from '../../server/src/interpreter/modules.ts';
import type { Value } from '../../server/src/interpreter/values.ts';
import { formatScalar } from '../../server/src/network/scalar.ts';
import { memoryHost } from '../../server/src/text/host.ts';
import { parser } from './parser.ts';

export const NO_HOOKS: Hooks = { external: () => undefined, owns: () => false, unknownCall: () => undefined, join: () => undefined };

export const runModules = (files: Record<string, string>, main = 'main.py', hooks: Hooks = NO_HOOKS): ModuleRun => {
  const host = memoryHost(files);
  const modules = new Map(Object.entries(files).map(([file, text]) => [file, parser.parse(file, text)]));
  const loader = new ModuleLoader(host, hooks, (file) => modules.get(file));
  loader.begin();
  return loader.run(main, modules.get(main)!);
};

export const run = (text: string): ModuleRun => runModules({ 'main.py': text });

/** A value in Python's spelling; `?` for unknown, `?name` for one with a symbol. */
export const show = (value: Value | undefined): string => {
  if (!value) return 'undefined';
  switch (value.kind) {
    case 'none':
      return 'None';
    case 'ellipsis':
      return '...';
    case 'bool':
      return value.value ? 'True' : 'False';
    case 'number':
      return typeof value.value === 'number' && value.float && Number.isInteger(value.value)
        ? `${value.value}.0`
        : formatScalar(value.value);
    case 'string':
      return JSON.stringify(value.value);
    case 'list':
      return `[${value.items.map(show).join(', ')}${value.open ? ', …' : ''}]`;
    case 'set':
      return `{${value.items.map(show).join(', ')}}`;
    case 'tuple':
      return `(${value.items.map(show).join(', ')})`;
    case 'dict':
      return `{${[...value.entries.values()].map((e) => `${show(e.key)}: ${show(e.value)}`).join(', ')}}`;
    case 'instance':
      return `<${value.cls.name}>`;
    case 'class':
      return value.name;
    case 'unknown':
      return value.symbol === undefined ? '?' : `?${value.symbol}`;
    default:
      return `<${value.kind}>`;
  }
};

/** The value of a name after the module ran. */
export const valueAfter = (text: string, name = 'x'): string => show(run(text).scope.vars.get(name));
