/**
 * The small AST that every source language is lowered to. Plain, readonly data; spans are relative to the block's anchor.
 * A construct that has no node here becomes `opaque`, which keeps its span and says why; lowering never fails.
 */
import type { Cell } from '../text/cells.ts';
import type { Anchor, Span } from '../text/span.ts';

export type Language = 'python' | 'javascript';

interface At {
  readonly span: Span;
}

// ── expressions ────────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface NameExpr extends At {
  readonly kind: 'name';
  readonly id: string;
}
/** `float` tells 1.0 from 1 (integer division, printing). `imaginary` numbers are opaque. */
export interface NumberExpr extends At {
  readonly kind: 'number';
  readonly value: number;
  readonly float: boolean;
}
export interface StringExpr extends At {
  readonly kind: 'string';
  readonly value: string;
}
/** f-string or template literal: literal strings and expressions in order. `spec` is the raw text after ':' (or '!r'). */
export interface FormatExpr extends At {
  readonly kind: 'format';
  readonly parts: readonly (string | { readonly value: Expr; readonly spec: string })[];
}
export interface ConstantExpr extends At {
  readonly kind: 'constant';
  /** `undefined` is JavaScript's. */
  readonly value: true | false | null | 'ellipsis' | 'undefined';
}
export interface SequenceExpr extends At {
  readonly kind: 'list' | 'tuple' | 'set';
  readonly items: readonly Expr[];
}
/** key null: `**mapping` (Python) or `...object` (JS). */
export interface DictExpr extends At {
  readonly kind: 'dict';
  readonly entries: readonly { readonly key: Expr | null; readonly value: Expr }[];
}
export interface AttributeExpr extends At {
  readonly kind: 'attribute';
  readonly object: Expr;
  readonly name: string;
  readonly nameSpan: Span;
  /** JS `a?.b`. */
  readonly optional?: boolean;
}
/** `a[i]`, `a[i, j]` (index is a tuple), `a[i:j]` (index is a slice). */
export interface SubscriptExpr extends At {
  readonly kind: 'subscript';
  readonly object: Expr;
  readonly index: Expr;
  readonly optional?: boolean;
}
export interface SliceExpr extends At {
  readonly kind: 'slice';
  readonly lower: Expr | null;
  readonly upper: Expr | null;
  readonly step: Expr | null;
}
export interface Argument extends At {
  /** Keyword name; null for positional and for splats. */
  readonly name: string | null;
  readonly value: Expr;
  /** `*value` or `**value`. */
  readonly splat: '' | '*' | '**';
}
export interface CallExpr extends At {
  readonly kind: 'call';
  readonly callee: Expr;
  readonly args: readonly Argument[];
  /** JS `new`. */
  readonly isNew?: boolean;
  readonly optional?: boolean;
}
export type UnaryOperator = '-' | '+' | '~' | 'not' | 'typeof';
export interface UnaryExpr extends At {
  readonly kind: 'unary';
  readonly op: UnaryOperator;
  readonly operand: Expr;
}
export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**' | '@' | '&' | '|' | '^' | '<<' | '>>';
export interface BinaryExpr extends At {
  readonly kind: 'binary';
  readonly op: BinaryOperator;
  readonly left: Expr;
  readonly right: Expr;
}
/** Short-circuit; `??` is JS only. */
export interface LogicalExpr extends At {
  readonly kind: 'logical';
  readonly op: 'and' | 'or' | '??';
  readonly left: Expr;
  readonly right: Expr;
}
/** JS `===` is `is`. */
export type CompareOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'is' | 'is not' | 'in' | 'not in' | 'instanceof';
/** A chain: `a < b < c` has first a and two links. */
export interface CompareExpr extends At {
  readonly kind: 'compare';
  readonly first: Expr;
  readonly links: readonly { readonly op: CompareOperator; readonly right: Expr }[];
}
export interface ConditionalExpr extends At {
  readonly kind: 'conditional';
  readonly test: Expr;
  readonly body: Expr;
  readonly orElse: Expr;
}
export interface LambdaExpr extends At {
  readonly kind: 'lambda';
  readonly params: readonly Param[];
  readonly body: Expr;
}
export interface ComprehensionClause {
  readonly target: Expr;
  readonly iterable: Expr;
  readonly conditions: readonly Expr[];
}
/** `element` is the value; `key` is set for dict comprehensions. */
export interface ComprehensionExpr extends At {
  readonly kind: 'comprehension';
  readonly of: 'list' | 'set' | 'dict' | 'generator';
  readonly key: Expr | null;
  readonly element: Expr;
  readonly clauses: readonly ComprehensionClause[];
}
/** `*x` in a list, tuple or assignment target. */
export interface StarredExpr extends At {
  readonly kind: 'starred';
  readonly value: Expr;
}
/** `(name := value)` */
export interface NamedExpr extends At {
  readonly kind: 'named';
  readonly target: Expr;
  readonly value: Expr;
}
export interface AwaitExpr extends At {
  readonly kind: 'await' | 'yield';
  readonly value: Expr | null;
}
/** `target = value` inside a JS pattern: the value where there is none. */
export interface DefaultedExpr extends At {
  readonly kind: 'defaulted';
  readonly target: Expr;
  readonly value: Expr;
}
/** A JS function or class as an expression; an anonymous one has the name ''. */
export interface DefinitionExpr extends At {
  readonly kind: 'definition';
  readonly statement: FunctionStmt | ClassStmt;
}
/** What is not understood or half typed. */
export interface OpaqueExpr extends At {
  readonly kind: 'opaque';
  readonly reason: string;
}

export type Expr =
  | NameExpr
  | NumberExpr
  | StringExpr
  | FormatExpr
  | ConstantExpr
  | SequenceExpr
  | DictExpr
  | AttributeExpr
  | SubscriptExpr
  | SliceExpr
  | CallExpr
  | UnaryExpr
  | BinaryExpr
  | LogicalExpr
  | CompareExpr
  | ConditionalExpr
  | LambdaExpr
  | ComprehensionExpr
  | StarredExpr
  | NamedExpr
  | AwaitExpr
  | DefaultedExpr
  | DefinitionExpr
  | OpaqueExpr;

// ── statements ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Param extends At {
  readonly name: string;
  readonly nameSpan: Span;
  readonly kind: 'positional' | 'keywordOnly' | 'positionalOnly' | 'varArgs' | 'varKeywords';
  readonly annotation: Expr | null;
  readonly default: Expr | null;
  /** JS: what the argument is taken apart into; `name` is then nobody's. */
  readonly pattern?: Expr;
}

export interface ExprStmt extends At {
  readonly kind: 'expr';
  readonly value: Expr;
}
/** `a = b = value` has two targets. `annotation` for `a: T = value`; value null for a bare annotation. */
export interface AssignStmt extends At {
  readonly kind: 'assign';
  /** JS: the targets are new names of the block, of the function for `var`. */
  readonly declares?: 'let' | 'var';
  readonly targets: readonly Expr[];
  readonly annotation: Expr | null;
  readonly value: Expr | null;
}
export interface AugAssignStmt extends At {
  readonly kind: 'augAssign';
  readonly target: Expr;
  readonly op: BinaryOperator;
  readonly value: Expr;
}
export interface ReturnStmt extends At {
  readonly kind: 'return';
  readonly value: Expr | null;
}
/** `elif` is an `if` inside `orElse`. */
export interface IfStmt extends At {
  readonly kind: 'if';
  readonly test: Expr;
  readonly body: readonly Stmt[];
  readonly orElse: readonly Stmt[];
}
export interface ForStmt extends At {
  readonly kind: 'for';
  readonly declares?: 'let' | 'var';
  /** JS `for … in`. */
  readonly overKeys?: boolean;
  readonly target: Expr;
  readonly iterable: Expr;
  readonly body: readonly Stmt[];
  readonly orElse: readonly Stmt[];
}
export interface WhileStmt extends At {
  readonly kind: 'while';
  readonly test: Expr;
  readonly body: readonly Stmt[];
  readonly orElse: readonly Stmt[];
  /** JS `for (;;)`: what is done after each round, after `continue` too. */
  readonly update?: readonly Stmt[];
  /** JS `do … while`: the body comes first. */
  readonly bodyFirst?: boolean;
}
/** JS `{ … }`: a scope of its own; a transparent one is only several statements in the place of one (`let a = 1, b = 2`). */
export interface BlockStmt extends At {
  readonly kind: 'block';
  readonly body: readonly Stmt[];
  readonly transparent?: boolean;
}
export interface WithStmt extends At {
  readonly kind: 'with';
  readonly items: readonly { readonly context: Expr; readonly target: Expr | null }[];
  readonly body: readonly Stmt[];
}
export interface TryStmt extends At {
  readonly kind: 'try';
  readonly body: readonly Stmt[];
  readonly handlers: readonly { readonly name: string | null; readonly body: readonly Stmt[] }[];
  readonly orElse: readonly Stmt[];
  readonly finally: readonly Stmt[];
}
/** `match` lowered to its cases; a pattern that is a plain literal or dotted name keeps its expression, `_` is 'default', anything else is 'other'. */
export interface MatchStmt extends At {
  readonly kind: 'match';
  readonly subject: Expr;
  readonly cases: readonly {
    readonly pattern: readonly Expr[] | 'default' | 'other';
    readonly guard: Expr | null;
    readonly body: readonly Stmt[];
  }[];
  /** JS `switch`: `break` ends it. */
  readonly breaks?: boolean;
}
export interface FunctionStmt extends At {
  readonly kind: 'function';
  readonly name: string;
  readonly nameSpan: Span;
  readonly params: readonly Param[];
  readonly returns: Expr | null;
  readonly decorators: readonly Expr[];
  readonly body: readonly Stmt[];
  readonly isAsync: boolean;
  readonly isGenerator: boolean;
  /** JS: an arrow function has no `this` of its own. */
  readonly isArrow?: boolean;
  /** JS: how a member of a class or an object is reached. */
  readonly member?: 'static' | 'getter' | 'setter';
}
export interface ClassStmt extends At {
  readonly kind: 'class';
  readonly name: string;
  readonly nameSpan: Span;
  readonly bases: readonly Argument[];
  readonly decorators: readonly Expr[];
  readonly body: readonly Stmt[];
}
/** `import a.b as c`: module 'a.b', alias 'c'. */
export interface ImportStmt extends At {
  readonly kind: 'import';
  readonly modules: readonly { readonly module: string; readonly alias: string | null; readonly span: Span }[];
}
/** `from ..pkg import x as y`: level 2, module 'pkg'. `*` has name '*'. */
export interface ImportFromStmt extends At {
  readonly kind: 'importFrom';
  readonly level: number;
  readonly module: string;
  readonly names: readonly { readonly name: string; readonly alias: string | null; readonly span: Span }[];
}
export interface SimpleStmt extends At {
  readonly kind: 'pass' | 'break' | 'continue' | 'raise';
}
export interface ScopeStmt extends At {
  readonly kind: 'global' | 'nonlocal';
  readonly names: readonly string[];
}
export interface AssertStmt extends At {
  readonly kind: 'assert';
  readonly test: Expr;
}
export interface DeleteStmt extends At {
  readonly kind: 'delete';
  readonly targets: readonly Expr[];
}
export interface OpaqueStmt extends At {
  readonly kind: 'opaque';
  readonly reason: string;
}

export type Stmt =
  | ExprStmt
  | AssignStmt
  | AugAssignStmt
  | ReturnStmt
  | IfStmt
  | ForStmt
  | WhileStmt
  | BlockStmt
  | WithStmt
  | TryStmt
  | MatchStmt
  | FunctionStmt
  | ClassStmt
  | ImportStmt
  | ImportFromStmt
  | SimpleStmt
  | ScopeStmt
  | AssertStmt
  | DeleteStmt
  | OpaqueStmt;

// ── files ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * One top-level statement with its anchor. Unchanged text keeps the same object across parses (object identity is the cache key
 * of everything after), only `anchor.offset` moves.
 */
export interface Block {
  readonly anchor: Anchor;
  readonly statement: Stmt;
  /** Whether the parser found an error inside. */
  readonly broken: boolean;
  /** Of a statement that is parsed when it is first looked at: the only names that it binds, and it does nothing else. */
  readonly binds?: readonly string[];
}

export interface SourceComment {
  /** Absolute offsets. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface SyntaxIssue {
  readonly message: string;
  readonly start: number;
  readonly end: number;
  /** Not all of the text was read. */
  readonly limit?: true;
}

/** A parsed file: never absent, at worst empty with an issue that says why. */
export interface SourceModule {
  readonly file: string;
  readonly language: Language;
  readonly text: string;
  /** Of a notebook: which stretch of the text is which cell. */
  readonly cells?: readonly Cell[];
  readonly blocks: readonly Block[];
  readonly comments: readonly SourceComment[];
  readonly issues: readonly SyntaxIssue[];
  /** Parsed bit by bit, as an import; of such a file more is read than of one under analysis. */
  readonly lazy?: boolean;
}
