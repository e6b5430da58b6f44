/** Executes statements. A completion says how a block ended; nothing is thrown. */
import type { ForStmt, IfStmt, MatchStmt, Stmt, TryStmt, WhileStmt } from '../syntax/ast.ts';
import { assign, remove } from './assign.ts';
import { type Completion, runBoth } from './branches.ts';
import { defineClass } from './classes.ts';
import { evaluate } from './expressions.ts';
import { defineFunction } from './functions.ts';
import { importFrom, importModules } from './imports.ts';
import { LIMITS } from './limits.ts';
import { beforeGrowth, beforeLoop, exhausts, followOnce } from './loops.ts';
import type { Machine } from './machine.ts';
import { narrow } from './narrow.ts';
import { noteRaise } from './raises.ts';
import { store } from './scope.ts';
import { siteAt } from './site.ts';
import type { Scope, Value } from './values.ts';
import { args, NONE, unknown } from './values.ts';

const RAISE: Completion = { kind: 'raise' };

export const execute = (m: Machine, body: readonly Stmt[], scope: Scope): Completion => {
  for (const statement of body) {
    const done = executeOne(m, statement, scope);
    if (done) return done;
  }
  return null;
};

export const executeOne = (m: Machine, s: Stmt, scope: Scope): Completion => {
  if (!m.spend(1)) return RAISE;
  switch (s.kind) {
    case 'expr': {
      return raises(m, evaluate(m, s.value, scope)) ? RAISE : null;
    }
    case 'assign': {
      if (!s.value) {
        noteAnnotation(scope, s.targets[0]?.kind === 'name' ? s.targets[0].id : null, null);
        return null;
      }
      const value = evaluate(m, s.value, scope);
      if (raises(m, value)) return RAISE;
      for (const target of s.targets) assign(m, target, value, scope, s.span);
      if (s.annotation && s.targets[0]?.kind === 'name') noteAnnotation(scope, s.targets[0].id, value);
      return null;
    }
    case 'augAssign': {
      const old = evaluate(m, s.target, scope);
      const value = evaluate(m, s.value, scope);
      if (old.kind === 'list' && s.op === '+') {
        const items = m.iterate(value);
        const grown = items ? [...old.items, ...items] : old.items;
        m.write(old, 'items', old.items, grown, (v) => {
          old.items = v;
        });
        if (!items) old.open = true;
        return null;
      }
      assign(m, s.target, m.binary(s.op, old, value, s.span), scope, s.span);
      return null;
    }
    case 'return':
      return { kind: 'return', value: s.value ? evaluate(m, s.value, scope) : NONE };
    case 'if':
      return executeIf(m, s, scope);
    case 'for':
      return executeFor(m, s, scope);
    case 'while':
      return executeWhile(m, s, scope);
    case 'block':
      return execute(m, s.body, scope);
    case 'with': {
      const contexts: Value[] = [];
      for (const item of s.items) {
        const context = evaluate(m, item.context, scope);
        contexts.push(context);
        const entered = m.callMethod(context, '__enter__', args([]), siteAt(item.context.span)) ?? context;
        if (item.target) assign(m, item.target, entered, scope, item.context.span);
      }
      const done = execute(m, s.body, scope);
      for (const context of contexts.reverse())
        if (context.kind === 'instance') m.callMethod(context, '__exit__', args([NONE, NONE, NONE]), siteAt(s.span));
      return done;
    }
    case 'try':
      return executeTry(m, s, scope);
    case 'match':
      return executeMatch(m, s, scope);
    case 'function': {
      const fn = defineFunction(m, s, scope);
      // A setter stands beside its property, under a name of its own.
      store(m, scope, fn.kind === 'function' && fn.name.includes('@') ? fn.name : s.name, fn);
      return null;
    }
    case 'class':
      store(m, scope, s.name, defineClass(m, s, scope));
      return null;
    case 'import':
      importModules(m, s, scope);
      return null;
    case 'importFrom':
      importFrom(m, s, scope);
      return null;
    case 'break':
      return { kind: 'break' };
    case 'continue':
      return { kind: 'continue' };
    case 'raise':
      return RAISE;
    case 'global': {
      scope.globals = new Set([...(scope.globals ?? []), ...s.names]);
      return null;
    }
    case 'nonlocal': {
      scope.nonlocals = new Set([...(scope.nonlocals ?? []), ...s.names]);
      return null;
    }
    case 'delete': {
      for (const target of s.targets) remove(m, target, scope);
      return null;
    }
    case 'assert':
    case 'pass':
    case 'opaque':
      return null;
  }
};

/** Annotated names of a class body in order: the fields of a dataclass or named tuple. */
const noteAnnotation = (scope: Scope, name: string | null, value: Value | null): void => {
  if (scope.kind !== 'class' || !name) return;
  const fields = scope.vars.get('__annotations__');
  const items = fields?.kind === 'tuple' ? fields.items : [];
  scope.vars.set('__annotations__', {
    kind: 'tuple',
    items: [...items, { kind: 'tuple', items: [{ kind: 'string', value: name }, value ?? unknown('no default')] }],
  });
};

const executeIf = (m: Machine, s: IfStmt, scope: Scope): Completion => {
  const test = m.truth(evaluate(m, s.test, scope));
  if (test !== undefined) {
    const way = test ? s.body : s.orElse;
    const done = execute(m, way, scope);
    if (done?.kind === 'raise') noteRaise(m, s, way, scope);
    return done;
  }
  const way = (holds: boolean) => (): Completion => {
    narrow(s.test, holds, scope);
    return execute(m, holds ? s.body : s.orElse, scope);
  };
  return runBoth(m, scope, s.test.span, way(true), way(false));
};

const executeFor = (m: Machine, s: ForStmt, scope: Scope): Completion => {
  const iterable = evaluate(m, s.iterable, scope);
  const items = m.iterate(iterable);
  if (!items) return executeUnknownLoop(m, s, scope, iterable);
  if ((iterable.kind === 'list' || iterable.kind === 'set') && iterable.open)
    m.partial('A list of unknown length is followed for the items that are known', s.iterable.span);
  let count = 0;
  const long = items.length > LIMITS.repeats;
  const repeats = long ? repetition(m) : null;
  const unsettle = long ? beforeLoop(m, scope, s.iterable.span) : null;
  const [tooLong, open] = long ? [exhausts(m, items), beforeGrowth(m, scope)] : [];
  for (const item of items) {
    if (++count > LIMITS.iterations) {
      m.partial(`A loop of ${items.length} iterations is followed for the first ${LIMITS.iterations}`, s.iterable.span);
      m.hooks.unfollowed?.(items.slice(count - 1), m);
      unsettle?.();
      break;
    }
    assign(m, s.target, item, scope, s.target.span);
    const done = execute(m, s.body, scope);
    if (done?.kind === 'break') return null;
    if (done && done.kind !== 'continue') return done;
    if (repeats?.()) {
      if (count < items.length) unsettle?.();
      break;
    }
    if (tooLong?.(count)) {
      m.issue(`A loop that only computes is followed for the first ${count} of ${items.length} iterations`, s.iterable.span);
      m.hooks.unfollowed?.(items.slice(count), m);
      unsettle?.();
      open?.();
      break;
    }
  }
  return execute(m, s.orElse, scope);
};

/** How much longer a loop that draws arrays is followed than one that only computes with them. */
const DRAWING = 4;

/** Asked after each iteration: did it only repeat what iterations before it did? */
const repetition = (m: Machine): (() => boolean) | null => {
  let before = m.hooks.progress?.(m);
  if (!before) return null;
  let idle = 0;
  return () => {
    const now = m.hooks.progress?.(m);
    if (!now || !before) return false;
    const [applied, fresh] = [now.applied > before.applied, now.fresh > before.fresh];
    // Drawing too may be all that a loop is for; computing alone is not.
    const busy = now.made > before.made ? 1 : now.computed > before.computed ? DRAWING : 0;
    before = now;
    idle = fresh || busy === 0 ? 0 : idle + busy;
    return (applied && !fresh) || idle >= DRAWING * LIMITS.repeats;
  };
};

/** How often the loop runs is not known: once or not at all, joined; depth is then unknown. */
const executeUnknownLoop = (m: Machine, s: ForStmt, scope: Scope, iterable: Value): Completion => {
  const reason = iterable.kind === 'unknown' ? iterable.reason : 'the iterable is not known';
  const item =
    iterable.kind === 'range'
      ? { ...unknown('loop variable'), symbol: s.target.kind === 'name' ? s.target.id : 'i' }
      : unknown('item of an unknown iterable', s.iterable.span);
  return followOnce(m, scope, s.iterable, reason, () => {
    assign(m, s.target, item, scope, s.target.span);
    return execute(m, s.body, scope);
  });
};

const executeWhile = (m: Machine, s: WhileStmt, scope: Scope): Completion => {
  const repeats = repetition(m);
  for (let count = 0; ; count++) {
    const test = m.truth(evaluate(m, s.test, scope));
    if (test === false) return execute(m, s.orElse, scope);
    if (test === undefined) return followOnce(m, scope, s.test, 'where it ends is not known', () => execute(m, s.body, scope));
    if (count >= LIMITS.whileIterations) {
      m.partial(`A while loop is followed for ${LIMITS.whileIterations} iterations`, s.test.span);
      return null;
    }
    const done = execute(m, s.body, scope);
    if (done?.kind === 'break') return null;
    if (done && done.kind !== 'continue') return done;
    if (repeats?.()) return execute(m, s.orElse, scope);
    if (m.outOfFuel) return RAISE;
  }
};

/** Outside of any `try` the rest is followed all the same: it is why the program was written. */
const raises = (m: Machine, value: Value): boolean => value.kind === 'unknown' && value.raises === true && m.trying > 0;

const executeTry = (m: Machine, s: TryStmt, scope: Scope): Completion => {
  m.trying++;
  let done = execute(m, s.body, scope);
  m.trying--;
  if (done?.kind === 'raise' && !m.outOfFuel && s.handlers[0]) done = execute(m, s.handlers[0].body, scope);
  else if (!done) done = execute(m, s.orElse, scope);
  return execute(m, s.finally, scope) ?? done;
};

const executeMatch = (m: Machine, s: MatchStmt, scope: Scope): Completion => {
  const subject = evaluate(m, s.subject, scope);
  const from = (index: number): Completion => {
    const one = s.cases[index];
    if (!one) return null;
    let matches: boolean | undefined;
    if (one.pattern === 'default') matches = true;
    else if (one.pattern === 'other') matches = undefined;
    else {
      const answers = one.pattern.map((p) => m.equal(subject, evaluate(m, p, scope)));
      matches = answers.includes(true) ? true : answers.includes(undefined) ? undefined : false;
    }
    if (matches && one.guard) matches = m.truth(evaluate(m, one.guard, scope));
    if (matches === true) return execute(m, one.body, scope);
    if (matches === false) return from(index + 1);
    return runBoth(
      m,
      scope,
      s.subject.span,
      () => execute(m, one.body, scope),
      () => from(index + 1),
    );
  };
  return from(0);
};
