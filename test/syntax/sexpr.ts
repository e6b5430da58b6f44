/** Prints the AST as an s-expression, so that a test shows a whole tree in one line. */
import type { Argument, Expr, Param, Stmt } from '../../server/src/syntax/ast.ts';

const list = (...parts: readonly string[]): string => `(${parts.filter((part) => part !== '').join(' ')})`;

const paramMark = { positional: '', keywordOnly: ':key', positionalOnly: ':pos', varArgs: '*', varKeywords: '**' } as const;

const param = (p: Param): string =>
  `${paramMark[p.kind].startsWith('*') ? paramMark[p.kind] : ''}${p.pattern ? show(p.pattern) : p.name}${p.annotation ? `:${show(p.annotation)}` : ''}${p.default ? `=${show(p.default)}` : ''}${
    paramMark[p.kind].startsWith(':') ? paramMark[p.kind] : ''
  }`;

const params = (all: readonly Param[]): string => `[${all.map(param).join(' ')}]`;

const argument = (a: Argument): string => `${a.splat}${a.name === null ? '' : `${a.name}=`}${show(a.value)}`;

export const show = (e: Expr): string => {
  switch (e.kind) {
    case 'name':
      return e.id;
    case 'number':
      return e.float && Number.isInteger(e.value) ? `${e.value}.0` : `${e.value}`;
    case 'string':
      return JSON.stringify(e.value);
    case 'constant':
      return String(e.value);
    case 'format':
      return list('f', ...e.parts.map((p) => (typeof p === 'string' ? JSON.stringify(p) : `{${show(p.value)}${p.spec && `|${p.spec}`}}`)));
    case 'list':
    case 'tuple':
    case 'set':
      return list(e.kind, ...e.items.map(show));
    case 'dict':
      return list('dict', ...e.entries.map(({ key, value }) => `${key ? show(key) : '**'}:${show(value)}`));
    case 'attribute':
      return `${show(e.object)}${e.optional ? '?' : ''}.${e.name}`;
    case 'subscript':
      return list('at', show(e.object), show(e.index));
    case 'slice':
      return list('slice', ...[e.lower, e.upper, e.step].map((x) => (x ? show(x) : '-')));
    case 'call':
      return list(e.isNew ? 'new' : e.optional ? 'call?' : 'call', show(e.callee), ...e.args.map(argument));
    case 'unary':
      return list(e.op, show(e.operand));
    case 'binary':
    case 'logical':
      return list(e.op, show(e.left), show(e.right));
    case 'compare':
      return list('compare', show(e.first), ...e.links.map(({ op, right }) => `${op} ${show(right)}`));
    case 'conditional':
      return list('if', show(e.test), show(e.body), show(e.orElse));
    case 'lambda':
      return list('lambda', params(e.params), show(e.body));
    case 'comprehension':
      return list(
        `${e.of}-comp`,
        e.key ? `${show(e.key)}:${show(e.element)}` : show(e.element),
        ...e.clauses.map((c) => list('for', show(c.target), show(c.iterable), ...c.conditions.map(show))),
      );
    case 'starred':
      return `*${show(e.value)}`;
    case 'named':
      return list(':=', show(e.target), show(e.value));
    case 'defaulted':
      return `${show(e.target)}=${show(e.value)}`;
    case 'definition':
      return showStmt(e.statement);
    case 'await':
    case 'yield':
      return list(e.kind, e.value ? show(e.value) : '');
    case 'opaque':
      return `<${e.reason}>`;
    default: {
      const unknown: never = e;
      return unknown;
    }
  }
};

const body = (statements: readonly Stmt[]): string => `{${statements.map(showStmt).join('; ')}}`;
const orElse = (statements: readonly Stmt[]): string => (statements.length > 0 ? `else ${body(statements)}` : '');

export const showStmt = (s: Stmt): string => {
  switch (s.kind) {
    case 'expr':
      return show(s.value);
    case 'assign':
      return list(s.declares ?? '=', ...s.targets.map(show), s.annotation ? `:${show(s.annotation)}` : '', s.value ? show(s.value) : '');
    case 'augAssign':
      return list(`${s.op}=`, show(s.target), show(s.value));
    case 'return':
      return list('return', s.value ? show(s.value) : '');
    case 'if':
      return list(s.kind, show(s.test), body(s.body), orElse(s.orElse));
    case 'while':
      return list(s.bodyFirst ? 'do' : s.kind, show(s.test), body(s.body), orElse(s.orElse), s.update ? `then ${body(s.update)}` : '');
    case 'block':
      return s.transparent ? s.body.map(showStmt).join('; ') : body(s.body);
    case 'for':
      return list(s.overKeys ? 'for-in' : 'for', s.declares ?? '', show(s.target), show(s.iterable), body(s.body), orElse(s.orElse));
    case 'with':
      return list('with', ...s.items.map((i) => `${show(i.context)}${i.target ? ` as ${show(i.target)}` : ''}`), body(s.body));
    case 'try':
      return list(
        'try',
        body(s.body),
        ...s.handlers.map((h) => `except ${h.name ?? ''}${body(h.body)}`),
        orElse(s.orElse),
        s.finally.length > 0 ? `finally ${body(s.finally)}` : '',
      );
    case 'match':
      return list(
        'match',
        show(s.subject),
        ...s.cases.map((c) =>
          list(
            typeof c.pattern === 'string' ? c.pattern : c.pattern.map(show).join('|'),
            c.guard ? `when ${show(c.guard)}` : '',
            body(c.body),
          ),
        ),
      );
    case 'function':
      return list(
        ...s.decorators.map((d) => `@${show(d)}`),
        `${s.member ? `${s.member} ` : ''}${s.isAsync ? 'async ' : ''}${s.isGenerator ? 'gen ' : ''}${s.isArrow ? '=>' : 'def'}`,
        s.name,
        params(s.params),
        s.returns ? `-> ${show(s.returns)}` : '',
        body(s.body),
      );
    case 'class':
      return list(...s.decorators.map((d) => `@${show(d)}`), 'class', s.name, ...s.bases.map(argument), body(s.body));
    case 'import':
      return list('import', ...s.modules.map((m) => `${m.module}${m.alias ? ` as ${m.alias}` : ''}`));
    case 'importFrom':
      return list('from', `${'.'.repeat(s.level)}${s.module}`, ...s.names.map((n) => `${n.name}${n.alias ? ` as ${n.alias}` : ''}`));
    case 'global':
    case 'nonlocal':
      return list(s.kind, ...s.names);
    case 'assert':
      return list('assert', show(s.test));
    case 'delete':
      return list('del', ...s.targets.map(show));
    case 'opaque':
      return `<${s.reason}>`;
    case 'pass':
    case 'break':
    case 'continue':
    case 'raise':
      return s.kind;
    default: {
      const unknown: never = s;
      return unknown;
    }
  }
};
