/** Executes JavaScript statements. A completion says how a block ended; nothing is thrown. */
import type { ForStmt, MatchStmt, Stmt, TryStmt, WhileStmt } from '../../syntax/ast.ts';
import { type Completion, runBoth } from '../branches.ts';
import { LIMITS } from '../limits.ts';
import { followOnce } from '../loops.ts';
import type { Machine } from '../machine.ts';
import { moduleScope } from '../scope.ts';
import type { Scope, Value } from '../values.ts';
import { str, UNDEFINED, unknown } from '../values.ts';
import { evaluate } from './expressions.ts';
import { defineClass, makeFunction } from './functions.ts';
import { importAs, importNames } from './modules.ts';
import { same, truth } from './operators.ts';
import { bind } from './patterns.ts';
import { blockScope, declare } from './scope.ts';

const RAISE: Completion = { kind: 'raise' };

const isFunction = (s: Stmt): boolean => s.kind === 'function' || (s.kind === 'block' && s.transparent === true && s.body.some(isFunction));

/** Function declarations come first, wherever they stand. */
export const hoisted = <T>(statements: readonly T[], of: (one: T) => Stmt): readonly T[] => {
  if (!statements.some((one) => isFunction(of(one)))) return statements;
  return [...statements.filter((one) => isFunction(of(one))), ...statements.filter((one) => !isFunction(of(one)))];
};

export const execute = (m: Machine, body: readonly Stmt[], scope: Scope): Completion => {
  for (const statement of hoisted(body, (s) => s)) {
    const done = executeOne(m, statement, scope);
    if (done) return done;
  }
  return null;
};

const declaresIn = (s: Stmt): boolean =>
  s.kind === 'function' ||
  s.kind === 'class' ||
  (s.kind === 'assign' && s.declares === 'let') ||
  (s.kind === 'block' && s.transparent === true && s.body.some(declaresIn));

/** A body in braces: a scope of its own where it declares something. */
const inBlock = (m: Machine, body: readonly Stmt[], scope: Scope): Completion =>
  execute(m, body, body.some(declaresIn) ? blockScope(scope) : scope);

export const executeOne = (m: Machine, s: Stmt, scope: Scope): Completion => {
  if (!m.spend(1)) return RAISE;
  switch (s.kind) {
    case 'expr':
      evaluate(m, s.value, scope);
      return null;
    case 'assign': {
      const value = s.value ? evaluate(m, s.value, scope) : UNDEFINED;
      for (const target of s.targets) bind(m, target, value, { scope, span: s.span, ...(s.declares ? { declares: s.declares } : {}) });
      return null;
    }
    case 'return':
      return { kind: 'return', value: s.value ? evaluate(m, s.value, scope) : UNDEFINED };
    case 'if': {
      const test = truth(evaluate(m, s.test, scope));
      if (test !== undefined) return inBlock(m, test ? s.body : s.orElse, scope);
      return runBoth(
        m,
        scope,
        s.test.span,
        () => inBlock(m, s.body, scope),
        () => inBlock(m, s.orElse, scope),
      );
    }
    case 'block':
      return s.transparent ? execute(m, s.body, scope) : inBlock(m, s.body, scope);
    case 'for':
      return executeFor(m, s, scope);
    case 'while':
      return executeWhile(m, s, scope);
    case 'try':
      return executeTry(m, s, scope);
    case 'match':
      return executeSwitch(m, s, scope);
    case 'function':
      declare(m, scope, s.name, makeFunction(s, scope));
      return null;
    case 'class':
      declare(m, scope, s.name, defineClass(m, s, scope));
      return null;
    case 'import':
      for (const one of s.modules) if (one.alias) declare(m, moduleScope(scope), one.alias, importAs(m, one.module, scope));
      return null;
    case 'importFrom':
      importNames(m, s, moduleScope(scope));
      return null;
    case 'break':
      return { kind: 'break' };
    case 'continue':
      return { kind: 'continue' };
    case 'raise':
      return RAISE;
    default:
      return null;
  }
};

/** What `for … of` and `for … in` go through. */
const itemsOf = (m: Machine, s: ForStmt, iterable: Value): readonly Value[] | undefined => {
  if (!s.overKeys) return iterable.kind === 'dict' ? undefined : m.iterate(iterable);
  if (iterable.kind === 'dict') return iterable.open ? undefined : [...iterable.entries.values()].map((entry) => entry.key);
  return iterable.kind === 'list' && !iterable.open ? iterable.items.map((_, i) => str(String(i))) : undefined;
};

const executeFor = (m: Machine, s: ForStmt, scope: Scope): Completion => {
  const iterable = evaluate(m, s.iterable, scope);
  const items = itemsOf(m, s, iterable);
  const round = (item: Value): Completion => {
    const inner = s.declares === 'let' ? blockScope(scope) : scope;
    bind(m, s.target, item, { scope: inner, span: s.target.span, ...(s.declares ? { declares: s.declares } : {}) });
    return inBlock(m, s.body, inner);
  };
  if (!items) {
    const reason = iterable.kind === 'unknown' ? iterable.reason : 'what it goes through is not known';
    return followOnce(m, scope, s.iterable, reason, () => round(unknown('item of an unknown iterable', s.iterable.span)));
  }
  if (iterable.kind === 'list' && iterable.open)
    m.partial('A list of unknown length is followed for the items that are known', s.iterable.span);
  for (const [count, item] of items.entries()) {
    if (count >= LIMITS.iterations) {
      m.partial(`A loop of ${items.length} iterations is followed for the first ${LIMITS.iterations}`, s.iterable.span);
      break;
    }
    const done = round(item);
    if (done?.kind === 'break') return null;
    if (done && done.kind !== 'continue') return done;
  }
  return null;
};

const executeWhile = (m: Machine, s: WhileStmt, scope: Scope): Completion => {
  for (let count = 0; ; count++) {
    const test = s.bodyFirst && count === 0 ? true : truth(evaluate(m, s.test, scope));
    if (test === false) return null;
    if (test === undefined)
      return followOnce(m, scope, s.test, 'where it ends is not known', () => {
        const done = inBlock(m, s.body, scope);
        if (!done || done.kind === 'continue') for (const update of s.update ?? []) executeOne(m, update, scope);
        return done;
      });
    if (count >= LIMITS.whileIterations) {
      m.partial(`A loop is followed for ${LIMITS.whileIterations} iterations`, s.test.span);
      return null;
    }
    const done = inBlock(m, s.body, scope);
    if (done?.kind === 'break') return null;
    if (done && done.kind !== 'continue') return done;
    if (m.outOfFuel) return RAISE;
    for (const update of s.update ?? []) executeOne(m, update, scope);
  }
};

const executeTry = (m: Machine, s: TryStmt, scope: Scope): Completion => {
  let done = inBlock(m, s.body, scope);
  const [handler] = s.handlers;
  if (done?.kind === 'raise' && !m.outOfFuel && handler) {
    const inner = blockScope(scope);
    if (handler.name) inner.vars.set(handler.name, unknown('an error'));
    done = execute(m, handler.body, inner);
  }
  return inBlock(m, s.finally, scope) ?? done;
};

const executeSwitch = (m: Machine, s: MatchStmt, scope: Scope): Completion => {
  const subject = evaluate(m, s.subject, scope);
  const run = (body: readonly Stmt[]): Completion => {
    const done = inBlock(m, body, scope);
    return done?.kind === 'break' ? null : done;
  };
  const from = (index: number): Completion => {
    const one = s.cases[index];
    if (!one) return null;
    if (typeof one.pattern === 'string') return run(one.body);
    const answers = one.pattern.map((p) => same(subject, evaluate(m, p, scope)));
    if (answers.includes(true)) return run(one.body);
    if (!answers.includes(undefined)) return from(index + 1);
    return runBoth(
      m,
      scope,
      s.subject.span,
      () => run(one.body),
      () => from(index + 1),
    );
  };
  return from(0);
};
