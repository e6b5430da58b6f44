/**
 * What the top-level statements of an imported module give. An importer asks for a few names of a file; only the statements that bind
 * those, and what these ask for in turn, are run. A statement whose effect has no name (a loop, a call, a change of something that was
 * imported) runs with the module, in order, as Python has it.
 */
import type { Block, Expr, ImportFromStmt, Stmt } from '../syntax/ast.ts';

/** Names that statements bind or change, stars among their imports, and whether they do more than that. */
interface Given {
  readonly names: Set<string>;
  /** Names changed in place: `X.append(…)`, `X[k] = …`; they belong to X unless X was imported. */
  readonly changed: Set<string>;
  readonly imported: Set<string>;
  star: boolean;
  effects: boolean;
  /** Imports for type checkers only. */
  readonly typed: ImportFromStmt[];
}

/** A module's statements by what asks for them; numbers are indices of statements, ascending. */
export interface Plan {
  /** Statements that bind or change a name. */
  readonly binders: ReadonlyMap<string, readonly number[]>;
  /** Statements with `from … import *`. */
  readonly stars: readonly number[];
  /** Statements that run with the module. */
  readonly effects: readonly number[];
  /**
   * Imports that stand under `if TYPE_CHECKING`, with their statement. A package that loads its parts late by means of its own
   * (`sys.modules[__name__] = _LazyModule(…)`) says there what its names are.
   */
  readonly typed: readonly { readonly index: number; readonly statement: ImportFromStmt }[];
}

export const planOf = (blocks: readonly Block[]): Plan => {
  const given = blocks.map((block) => {
    const one: Given = { names: new Set(block.binds), changed: new Set(), imported: new Set(), star: false, effects: false, typed: [] };
    if (!block.binds) read(block.statement, one);
    return one;
  });
  const imported = new Set(given.flatMap((one) => [...one.imported]));
  const binders = new Map<string, number[]>();
  const stars: number[] = [];
  const effects: number[] = [];
  const typed: { index: number; statement: ImportFromStmt }[] = [];
  given.forEach((one, index) => {
    typed.push(...one.typed.map((statement) => ({ index, statement })));
    // What stands beside the imports for type checkers is how they are put off.
    if (one.typed.length > 0) one.effects = false;
    else if (one.effects || [...one.changed].some((name) => imported.has(name))) {
      effects.push(index);
      return;
    }
    if (one.star) stars.push(index);
    for (const name of new Set([...one.names, ...one.changed])) {
      const list = binders.get(name);
      if (list) list.push(index);
      else binders.set(name, [index]);
    }
  });
  return { binders, stars, effects, typed };
};

const readAll = (statements: readonly Stmt[], into: Given): void => {
  for (const statement of statements) read(statement, into);
};

const read = (s: Stmt, into: Given): void => {
  switch (s.kind) {
    case 'function':
    case 'class':
      into.names.add(s.name);
      // A registry is filled by decorators: what it holds must not hang on who asked for which class.
      if (s.decorators.some(registers)) into.effects = true;
      return;
    case 'import':
      for (const { alias, module } of s.modules) bindImport(alias ?? (module.split('.')[0] as string), into);
      return;
    case 'importFrom':
      for (const { alias, name } of s.names)
        if (name === '*') into.star = true;
        else bindImport(alias ?? name, into);
      return;
    case 'assign':
      if (s.value) for (const target of s.targets) bind(target, into);
      return;
    case 'augAssign':
      bind(s.target, into);
      return;
    case 'delete':
      for (const target of s.targets) bind(target, into);
      return;
    case 'expr': {
      const { value } = s;
      if (value.kind === 'string' || value.kind === 'constant') return;
      if (value.kind === 'call' && value.callee.kind === 'attribute') change(value.callee.object, into);
      else into.effects = true;
      return;
    }
    case 'if':
      if (isTypeChecking(s.test)) into.typed.push(...importsIn(s.body));
      else readAll(s.body, into);
      readAll(s.orElse, into);
      return;
    case 'with':
      for (const { target } of s.items) if (target) bind(target, into);
      readAll(s.body, into);
      return;
    case 'try':
      readAll([...s.body, ...s.handlers.flatMap((h) => h.body), ...s.orElse, ...s.finally], into);
      return;
    case 'pass':
    case 'raise':
    case 'assert':
    case 'global':
    case 'nonlocal':
    case 'opaque':
      return;
    default:
      into.effects = true;
  }
};

const isTypeChecking = (test: Expr): boolean =>
  (test.kind === 'name' && test.id === 'TYPE_CHECKING') || (test.kind === 'attribute' && test.name === 'TYPE_CHECKING');

const importsIn = (statements: readonly Stmt[]): ImportFromStmt[] =>
  statements.flatMap((s) =>
    s.kind === 'importFrom'
      ? [s]
      : s.kind === 'if'
        ? importsIn([...s.body, ...s.orElse])
        : s.kind === 'try'
          ? importsIn([...s.body, ...s.orElse])
          : [],
  );

const bindImport = (name: string, into: Given): void => {
  into.names.add(name);
  into.imported.add(name);
};

const bind = (target: Expr, into: Given): void => {
  switch (target.kind) {
    case 'name':
      into.names.add(target.id);
      return;
    case 'tuple':
    case 'list':
      for (const item of target.items) bind(item, into);
      return;
    case 'starred':
      bind(target.value, into);
      return;
    case 'attribute':
    case 'subscript':
      change(target.object, into);
      return;
    default:
      into.effects = true;
  }
};

const change = (object: Expr, into: Given): void => {
  let root = object;
  while (root.kind === 'attribute' || root.kind === 'subscript') root = root.object;
  if (root.kind === 'name') into.changed.add(root.id);
  else into.effects = true;
};

const registers = (decorator: Expr): boolean => {
  const callee = decorator.kind === 'call' ? decorator.callee : decorator;
  const name = callee.kind === 'attribute' ? callee.name : callee.kind === 'name' ? callee.id : '';
  return /regist/i.test(name);
};

/** Whether statements only import and name constants, as the front of a package does: nothing in them builds or defines anything. */
export const onlyImports = (statements: readonly Stmt[]): boolean =>
  statements.every((s) => {
    switch (s.kind) {
      case 'import':
      case 'importFrom':
      case 'pass':
        return true;
      case 'expr':
        return s.value.kind === 'string';
      case 'assign':
        return s.value === null || isConstant(s.value);
      case 'augAssign':
        return isConstant(s.value);
      case 'if':
        return onlyImports(s.body) && onlyImports(s.orElse);
      case 'try':
        return onlyImports([...s.body, ...s.handlers.flatMap((h) => h.body), ...s.orElse, ...s.finally]);
      default:
        return false;
    }
  });

const isConstant = (e: Expr): boolean => {
  switch (e.kind) {
    case 'string':
    case 'number':
    case 'constant':
    case 'name':
      return true;
    case 'attribute':
      return isConstant(e.object);
    case 'list':
    case 'tuple':
      return e.items.every(isConstant);
    case 'binary':
      return isConstant(e.left) && isConstant(e.right);
    default:
      return false;
  }
};

/** Stars that are tried for a name of which nothing says where it is. */
const MAX_STARS = 12;

const common = (a: string, b: string): number => {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
};

/**
 * Imports for type checkers that may give a name. A library lists hundreds of stars; those whose module the name begins with come first
 * (`BertModel`: `.bert`), and of the others the few whose names begin most alike are tried (`Speech2TextModel`: `.speech_to_text`).
 */
export const typedCandidates = (
  typed: Plan['typed'],
  name: string,
): readonly (Plan['typed'][number] & { readonly one: Plan['typed'][number]['statement']['names'][number] })[] => {
  const named = typed.flatMap((entry) => {
    const one = entry.statement.names.find((n) => n.name !== '*' && (n.alias ?? n.name) === name);
    return one ? [{ ...entry, one }] : [];
  });
  if (named.length > 0) return named;
  const plain = name.toLowerCase().replaceAll('_', '');
  const ofModule = (module: string): string => (module.split('.').at(-1) ?? '').toLowerCase().replaceAll('_', '');
  const stars = typed.flatMap((entry) => {
    const one = entry.statement.names.find((n) => n.name === '*');
    const module = ofModule(entry.statement.module);
    return one ? [{ ...entry, one, whole: module !== '' && plain.startsWith(module), alike: common(plain, module) }] : [];
  });
  const likely = [...stars].sort((a, b) => b.alike - a.alike);
  return [...likely.filter(({ whole }) => whole), ...likely.filter(({ whole }) => !whole).slice(0, MAX_STARS)];
};
