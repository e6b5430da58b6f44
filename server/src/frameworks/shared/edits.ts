/** Intents that change the text in ways which all frameworks share: an argument, a name, a call or a statement. Formatting is kept. */
import { signature } from '../../interpreter/native.ts';
import type { Change, EditText, FixIntent, SetInitializer } from '../../network/intent.ts';
import type { FrameworkName } from '../../network/network.ts';
import type { Argument, CallExpr, DictExpr, Expr, SourceModule, Stmt } from '../../syntax/ast.ts';
import { importsOf, isStatement, pathAt } from '../../syntax/locate.ts';
import { type AstNode, isArgument, isParam } from '../../syntax/visit.ts';
import { type Range, resolve, type Span, sameSpan } from '../../text/span.ts';
import type { Fix, TextEdit } from '../fix.ts';
import type { EmitContext } from '../framework.ts';
import { calleeName, quoteOf, setArgument } from './argumentFixes.ts';
import { callAt, covers, insertion, textOf } from './callArguments.ts';

type Value = Extract<Change, { kind: 'setArgument' }>['value'];

/** An argument as a framework writes it. */
export interface Spelling {
  readonly name: string;
  readonly value: Value;
  /** Code in place of the value, where no literal says it. */
  readonly code?: string;
  /** Names of the call's positional arguments in order. */
  readonly order?: readonly string[];
  /** Statements behind the one that binds the call, where no argument says it. */
  readonly after?: (target: string) => readonly string[];
}

/** How a framework spells an argument that rules name in common words; undefined where the call has none. */
export type Spell = (name: string, value: Value, call: CallExpr, module: SourceModule) => Spelling | undefined;

const asIs: Spell = (name, value) => ({ name, value });

/**
 * Words that a framework has its own argument for, and the signature of the layer that a call of this name makes. Only calls of its own
 * layers have such an argument for certain.
 */
export const layerWords =
  (
    words: Readonly<Record<string, string | ((value: Value, call: CallExpr, module: SourceModule) => Spelling | undefined)>>,
    signatureOf: (layer: string) => string | undefined,
  ): Spell =>
  (name, value, call, module) => {
    const word = words[name];
    if (word === undefined) return { name, value };
    const known = signatureOf(calleeName(call));
    const spelled = typeof word === 'string' ? { name: word, value } : word(value, call, module);
    if (known === undefined || !spelled) return undefined;
    const parameters = signature(known);
    if (!spelled.after && !parameters.some((p) => p.name === spelled.name)) return undefined;
    return { ...spelled, order: parameters.flatMap((p) => (p.kind === 'normal' ? [p.name] : [])) };
  };

/** A framework's `emit`: its own way with initializers, and the shared one with everything else. */
export const emitWith =
  (initializers: Initializers, spell: Spell = asIs) =>
  (intent: FixIntent, context: EmitContext): readonly Fix[] =>
    intent.kind === 'setInitializer' ? initializers(intent, context) : edited(intent, context, spell, initializers);

type Initializers = (intent: SetInitializer, context: EmitContext) => readonly Fix[];

const edited = (intent: EditText, context: EmitContext, spell: Spell, initializers: Initializers): readonly Fix[] => {
  const drawn = intent.draws && initializers(intent.draws, context)[0];
  const together = drawn ? emitEdits(intent, context, spell, drawn.edits) : [];
  return together.length > 0 ? together : emitEdits(intent, context, spell, []);
};

const emitEdits = (intent: EditText, context: EmitContext, spell: Spell, others: readonly TextEdit[]): readonly Fix[] => {
  const edits = new Map(others.map((edit) => [`${edit.file}:${edit.start}:${edit.end}:${edit.text}`, edit]));
  for (const change of intent.changes) {
    const made = changeEdits(change, context, spell);
    if (!made) return [];
    for (const edit of made) edits.set(`${edit.file}:${edit.start}:${edit.end}:${edit.text}`, edit);
  }
  const sorted = [...edits.values()].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start));
  const clash = sorted.some((edit, i) => edit.file === sorted[i + 1]?.file && edit.end > (sorted[i + 1]?.start ?? edit.end));
  if (clash || sorted.length === 0) return [];
  return [
    {
      title: intent.safe ? intent.title : `${intent.title} (changes training)`,
      safe: intent.safe,
      preferred: true,
      style: 'call',
      edits: sorted,
    },
  ];
};

type Made = readonly TextEdit[] | undefined;

const changeEdits = (change: Change, context: EmitContext, spell: Spell): Made => {
  const place = 'call' in change ? change.call : 'code' in change ? change.after : change.span;
  const module = context.module(place.anchor.file);
  if (!module) return undefined;
  switch (change.kind) {
    case 'setArgument': {
      const call = callAt(module, change.call);
      const spelled = call && spell(change.name, change.value, call, module);
      if (!spelled) return undefined;
      return spelled.after ? linesAfter(module, call, spelled.after) : argumentEdit(module, call, spelled);
    }
    case 'renameArgument':
      return renamed(module, change);
    case 'replaceName':
      return replaced(module, change);
    case 'callInstead': {
      const call = callAt(module, change.call);
      return call && calledInstead(module, call, change.name);
    }
    case 'copyText':
      return copied(module, change);
    case 'repeatCall':
      return repeated(module, change.span);
    case 'removeCall': {
      const call = callAt(module, change.call);
      return call && withoutCall(module, call);
    }
    case 'leaveOut': {
      const call = callAt(module, change.span);
      // In a loop, or in a function that is called twice, the place stands for other activations too.
      const here = context.network.nodes.filter(
        ({ op, span, nameSpan }) =>
          (op.kind === 'activation' || op.kind === 'softmax') && sameSpan(span, change.span) && sameSpan(nameSpan, change.name),
      );
      return call && here.length < 2 ? leftOut(module, call, change.name, context.network.framework) : undefined;
    }
    case 'replaceActivation': {
      const call = callAt(module, change.span);
      return call && replacedActivation(module, call, change, context.network.framework);
    }
    case 'addActivation': {
      const call = callAt(module, change.call);
      const spelled = call && activationArgument(module, change.activation, context);
      return spelled && argumentEdit(module, call, spelled);
    }
    case 'addMomentum': {
      const call = callAt(module, change.call);
      return call && withMomentum(module, call, change, context);
    }
    case 'takeLogits':
      return takingLogits(module, change, context);
    case 'addStatement':
      return added(module, change.after, change.code);
    case 'removeStatement':
      return removed(module, change.span);
    case 'moveAfter':
      return moved(module, change);
  }
};

// ── arguments ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const PYTHON = { true: 'True', false: 'False', null: 'None' } as const;

const literal = (module: SourceModule, value: Value): string => {
  if (typeof value === 'string') {
    const quote = quoteOf(module);
    return quote + value + quote;
  }
  if (typeof value === 'number') return String(value);
  const text = String(value) as keyof typeof PYTHON;
  return module.language === 'python' ? PYTHON[text] : text;
};

const isLiteral = ({ kind }: Expr): boolean => kind === 'number' || kind === 'string' || kind === 'constant';

const isNumeral = (node: Expr): boolean => isLiteral(node) || (node.kind === 'unary' && isLiteral(node.operand));

const argumentEdit = (module: SourceModule, call: CallExpr, { name, value, code, order = [] }: Spelling): Made => {
  const text = code ?? literal(module, value);
  if (module.language === 'javascript') {
    const config = call.args[0]?.value;
    return config?.kind === 'dict' ? [memberEdit(module, config, name, text)] : undefined;
  }
  const given = argumentNamed(call, name, order);
  // What a variable says is decided elsewhere, and what a splat brings cannot be given twice.
  if (given ? !isLiteral(given.value) : call.args.some((arg) => arg.splat !== '')) return undefined;
  return [setArgument(module, call, given, name, text)];
};

/** Behind `self.rnn = LSTM(…)`. */
const linesAfter = (module: SourceModule, call: CallExpr, lines: (target: string) => readonly string[]): Made => {
  const { start, end } = resolve(call.span);
  const statement = pathAt(module, start, end).filter(isStatement).at(-1);
  if (statement?.kind !== 'assign' || statement.value !== call || statement.targets.length !== 1) return undefined;
  const [target] = statement.targets;
  const whole = linesOf(module, statement);
  if (!whole || !target || (target.kind !== 'name' && target.kind !== 'attribute')) return undefined;
  const indent = module.text.slice(whole.start, resolve(statement.span).start);
  const text = lines(textOf(module, target.span))
    .map((line) => indent + line)
    .join('\n');
  const ends = module.text[whole.end - 1] === '\n';
  return [{ file: module.file, start: whole.end, end: whole.end, text: ends ? `${text}\n` : `\n${text}` }];
};

const argumentNamed = (call: CallExpr, name: string, order: readonly string[]): Argument | undefined => {
  const keyword = call.args.find((arg) => arg.name === name);
  if (keyword) return keyword;
  const at = order.indexOf(name);
  return at < 0 ? undefined : call.args.filter((arg) => arg.name === null && arg.splat === '')[at];
};

/** `name: text` put into a configuration: in the place of what is there, or behind the last member. */
export const memberEdit = (module: SourceModule, config: DictExpr, name: string, text: string): TextEdit => {
  const present = config.entries.find(({ key }) => key?.kind === 'string' && key.value === name);
  const { file } = module;
  if (present?.key) {
    const [key, value] = [resolve(present.key.span), resolve(present.value.span)];
    // `{kernelInitializer}` alone stands for both.
    return { file, start: value.start, end: value.end, text: key.start === value.start ? `${name}: ${text}` : text };
  }
  const whole = resolve(config.span);
  const last = config.entries.at(-1);
  if (!last) return { file, start: whole.start, end: whole.end, text: `{ ${name}: ${text} }` };
  const { end } = resolve(last.value.span);
  const start = resolve((last.key ?? last.value).span).start;
  const lineStart = module.text.lastIndexOf('\n', start - 1) + 1;
  const before = module.text.slice(lineStart, start).replace(/\.\.\.$/, '');
  const separator = /^\s*$/.test(before) && lineStart > whole.start ? `\n${before}` : ' ';
  const comma = /^\s*,/.exec(module.text.slice(end, whole.end))?.[0].length;
  // A comma after the last member stays after the last member.
  if (comma !== undefined) return { file, start: end + comma, end: end + comma, text: `${separator}${name}: ${text},` };
  return { file, start: end, end, text: `,${separator}${name}: ${text}` };
};

const isCall = (node: AstNode): node is CallExpr => !isParam(node) && !isArgument(node) && node.kind === 'call';

const renamed = (module: SourceModule, change: Extract<Change, { kind: 'renameArgument' }>): Made => {
  const { start, end } = resolve(change.span);
  const call = pathAt(module, start, end).findLast(
    (node): node is CallExpr => isCall(node) && node.args.some((a) => a.name === change.from),
  );
  const argument = call?.args.find((a) => a.name === change.from);
  if (!call || !argument || call.args.some((a) => a.name === change.to)) return undefined;
  const at = resolve(argument.span).start;
  return [{ file: module.file, start: at, end: at + change.from.length, text: change.to }];
};

// ── names and calls ────────────────────────────────────────────────────────────────────────────────────────────────────────

const replaced = (module: SourceModule, { span, from, to }: Extract<Change, { kind: 'replaceName' }>): Made => {
  const { start } = resolve(span);
  const text = textOf(module, span);
  const at = text.lastIndexOf(from);
  const isWord = at >= 0 && !/\w/.test(text[at - 1] ?? '') && !/\w/.test(text[at + from.length] ?? '');
  if (!isWord) return undefined;
  const edit = { file: module.file, start: start + at, end: start + at + from.length, text: to };
  return text === from ? [edit, ...importedToo(module, from, to)] : [edit];
};

/** A bare name has to be imported; the old one may be in use elsewhere. */
const importedToo = (module: SourceModule, from: string, to: string): readonly TextEdit[] => {
  const names = importsOf(module).flatMap(({ statement }) => (statement.kind === 'importFrom' ? statement.names : []));
  const old = names.find((one) => one.name === from && !one.alias);
  if (!old || names.some((one) => one.name === to && !one.alias)) return [];
  const { end } = resolve(old.span);
  return [{ file: module.file, start: end, end, text: `, ${to}` }];
};

const calledInstead = (module: SourceModule, call: CallExpr, name: string): Made => {
  const [first, ...others] = call.args;
  if (first?.splat !== '' || call.callee.kind !== 'attribute') return undefined;
  const { start, end } = resolve(call.callee.nameSpan);
  const edits = [{ file: module.file, start, end, text: name }];
  const last = others.at(-1);
  return last ? [...edits, { file: module.file, start: resolve(first.span).end, end: resolve(last.span).end, text: '' }] : edits;
};

/** Functions of several operands that stand for an activation: `maximum(0, x)`, `where(x > 0, x, 0)`. */
const OPERATORS: ReadonlySet<string> = new Set([
  'maximum',
  'fmax',
  'minimum',
  'fmin',
  'multiply',
  'mul',
  'where',
  'switch',
  'select',
  'cond',
]);

/** What a call is applied to: its first argument that is no numeral, else what its method belongs to. */
const operandOf = (call: CallExpr): Expr | undefined => {
  if (call.args.some((arg) => arg.splat !== '')) return undefined;
  const [first, ...others] = call.args.filter((arg) => arg.name === null && !isNumeral(arg.value));
  if (others.length > 0 && OPERATORS.has(calleeName(call))) return undefined;
  // `softmax(input=x)`
  const named = call.args.find((arg) => arg.name !== null && !isNumeral(arg.value));
  if (first || named) return (first ?? named)?.value;
  return call.callee.kind === 'attribute' ? call.callee.object : undefined;
};

const withoutCall = (module: SourceModule, call: CallExpr): Made => {
  const kept = operandOf(call);
  if (!kept) return undefined;
  const [whole, inner] = [resolve(call.span), resolve(kept.span)];
  // `softmax(a if b else c) + 1`: what binds looser than a call keeps its brackets.
  const loose = !['name', 'attribute', 'call', 'subscript', 'number', 'string', 'list', 'dict'].includes(kept.kind);
  const [open, close] = loose ? ['(', ')'] : ['', ''];
  return [
    { file: module.file, start: whole.start, end: inner.start, text: open },
    { file: module.file, start: inner.end, end: whole.end, text: close },
  ];
};

// ── operations ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const leftOut = (module: SourceModule, call: CallExpr, name: Span, framework: FrameworkName): Made => {
  const named = resolve(name);
  const callee = resolve(call.callee.span);
  if (named.start !== callee.start || named.end !== callee.end) return withoutActivation(module, call, name);
  // Lasagne's layers have an activation even where none is named.
  if (framework === 'lasagne' && calleeName(call) !== 'NonlinearityLayer') return [insertion(module, call, 'nonlinearity=None')];
  if (framework === 'lasagne') return withoutCall(module, call);
  // Functions of a tensor are written small; what is written large makes a layer, as do the functions of `tf.layers`.
  const makes = module.language === 'javascript' ? /\blayers\./.test(textOf(module, call.callee.span)) : /^[A-Z]/.test(calleeName(call));
  return makes ? withoutLayer(module, call, framework) : withoutCall(module, call);
};

/** `activation='softmax'` → `activation=None`; in a configuration 'linear'. */
const withoutActivation = (module: SourceModule, call: CallExpr, name: Span): Made => {
  const argument = call.args.find((arg) => arg.splat === '' && covers(arg.value.span, name));
  if (!argument) return undefined;
  const python = module.language === 'python';
  const { start, end } = resolve(name);
  // Names that stand for a layer's activation elsewhere are not at hand here.
  if (python && resolve(argument.value.span).start !== start) return undefined;
  return [{ file: module.file, start, end, text: python ? 'None' : literal(module, 'linear') }];
};

/** `import lasagne` itself, by which all of it is at hand. */
const LASAGNE = /^import lasagne$/m;

const activationArgument = (module: SourceModule, activation: string, { network }: EmitContext): Spelling | undefined => {
  if (network.framework === 'keras' || network.framework === 'tfjs') return { name: 'activation', value: activation };
  if (network.framework !== 'lasagne' || !LASAGNE.test(module.text)) return undefined;
  return { name: 'nonlinearity', value: activation, code: `lasagne.nonlinearities.${activation}` };
};

const withMomentum = (
  module: SourceModule,
  call: CallExpr,
  { span, value }: Extract<Change, { kind: 'addMomentum' }>,
  { network }: EmitContext,
): Made => {
  // Theirs is a function of its own; Lasagne's has 0.9 by default.
  const other = replaced(module, { kind: 'replaceName', span, from: 'sgd', to: 'momentum' });
  if (network.framework === 'lasagne') return value === 0.9 ? other : undefined;
  if (network.framework === 'tfjs') return other && [...other, insertion(module, call, String(value))];
  return argumentEdit(module, call, { name: 'momentum', value });
};

const LASAGNES: Readonly<Record<string, string>> = { relu: 'rectify' };

const CLASSES: Readonly<Record<string, string>> = { sigmoid: 'Sigmoid', relu: 'ReLU' };

/** scipy.special's. */
const SPECIAL: Readonly<Record<string, string>> = { sigmoid: 'expit' };

const replacedActivation = (
  module: SourceModule,
  call: CallExpr,
  { span, name, from, to }: Extract<Change, { kind: 'replaceActivation' }>,
  framework: FrameworkName,
): Made => {
  const [named, callee, whole] = [name, call.callee.span, span].map(resolve) as [Range, Range, Range];
  if (named.start !== callee.start || named.end !== callee.end) {
    // A bare name would have to be imported.
    const isAtHand = framework !== 'lasagne' || textOf(module, name).includes('.');
    return isAtHand
      ? replaced(module, { kind: 'replaceName', span: name, from, to: framework === 'lasagne' ? (LASAGNES[to] ?? to) : to })
      : undefined;
  }
  if (call.callee.kind !== 'attribute') return undefined;
  const made = CLASSES[to];
  // `nn.Softmax(dim=1)`: what is chosen among is of no matter to a function of each value.
  if (/^[A-Z]/.test(call.callee.name) && call.args.every((arg) => arg.name === 'dim' || arg.name === null) && made !== undefined)
    return module.language === 'python' && textOf(module, call.callee.object.span) !== 'layers'
      ? [{ file: module.file, start: whole.start, end: whole.end, text: `${textOf(module, call.callee.object.span)}.${made}()` }]
      : undefined;
  const [first] = call.args;
  // scipy has a sigmoid of another name, and none of the others.
  const other = /\bspecial$/.test(textOf(module, call.callee.object.span)) ? SPECIAL[to] : to;
  return call.callee.name === from && other !== undefined && first && !isNumeral(first.value)
    ? calledInstead(module, call, other)
    : undefined;
};

/** Losses of PyTorch and those of the same targets that take logits. */
const OF_LOGITS: readonly (readonly [string, string])[] = [
  ['BCELoss', 'BCEWithLogitsLoss'],
  ['binary_cross_entropy', 'binary_cross_entropy_with_logits'],
  ['NLLLoss', 'CrossEntropyLoss'],
  ['nll_loss', 'cross_entropy'],
];

const takingLogits = (
  module: SourceModule,
  { span, call: at }: Extract<Change, { kind: 'takeLogits' }>,
  { network }: EmitContext,
): Made => {
  if (network.framework === 'torch') {
    for (const [from, to] of OF_LOGITS) {
      const edits = replaced(module, { kind: 'replaceName', span, from, to });
      if (edits) return edits;
    }
    return undefined;
  }
  const call = network.framework === 'keras' && at ? callAt(module, at) : undefined;
  return call && argumentEdit(module, call, { name: 'from_logits', value: true });
};

const withoutLayer = (module: SourceModule, call: CallExpr, framework: FrameworkName): Made => {
  const { start, end } = resolve(call.span);
  const path = pathAt(module, start, end);
  const parents = path.slice(0, path.indexOf(call)).filter((node): node is Expr | Stmt => !isArgument(node) && !isParam(node));
  const parent = parents.at(-1);
  if (!parent) return undefined;
  if (parent.kind === 'call' && parent.callee === call) return withoutCall(module, parent);
  if (parent.kind === 'list' || (parent.kind === 'call' && calleeName(parent) === 'Sequential')) return withoutItem(module, start, end);
  if (parent.kind === 'call' && calleeName(parent) === 'add') return removed(module, parent.span);
  const { callee } = call;
  if (framework !== 'torch' || callee.kind !== 'attribute') return undefined;
  return [{ file: module.file, start, end, text: `${textOf(module, callee.object.span)}.Identity()` }];
};

/** One item of a list with the comma that belongs to it. */
const withoutItem = (module: SourceModule, start: number, end: number): Made => {
  const { text, file } = module;
  const before = /,\s*$/.exec(text.slice(0, start))?.[0].length;
  if (before !== undefined) return [{ file, start: start - before, end, text: '' }];
  const after = /^\s*,\s*/.exec(text.slice(end))?.[0].length;
  return after === undefined ? undefined : [{ file, start, end: end + after, text: '' }];
};

/** Only what reads the same everywhere: a call of literals, in place of a name. */
const copied = (module: SourceModule, { span, from }: Extract<Change, { kind: 'copyText' }>): Made => {
  if (from.anchor.file !== module.file) return undefined;
  const call = callAt(module, from);
  const { start, end } = resolve(span);
  const text = module.text.slice(start, end);
  if (!call?.args.every((arg) => arg.splat === '' && isLiteral(arg.value)) || !/^[\w.]+$/.test(text)) return undefined;
  return [{ file: module.file, start, end, text: textOf(module, from) }];
};

const repeated = (module: SourceModule, span: Span): Made => {
  const { start, end } = resolve(span);
  const text = (at: Span): string => textOf(module, at);
  const node = pathAt(module, start, end).findLast((one) => {
    const range = resolve(one.span);
    return range.start === start && range.end === end;
  });
  if (!node || isParam(node) || isArgument(node)) return undefined;
  if (node.kind === 'binary') {
    const [listed, times] = node.left.kind === 'list' ? [node.left, node.right] : [node.right, node.left];
    const [item, ...others] = listed.kind === 'list' ? listed.items : [];
    if (item?.kind !== 'call' || others.length > 0) return undefined;
    return [{ file: module.file, start, end, text: `[${text(item.span)} for _ in range(${text(times.span)})]` }];
  }
  // `Array(n).fill(f(x))`
  const [item] = node.kind === 'call' ? node.args : [];
  const made = node.kind === 'call' && node.callee.kind === 'attribute' && node.callee.name === 'fill' ? node.callee.object : undefined;
  const [times, ...others] = made?.kind === 'call' ? made.args : [];
  if (item?.value.kind !== 'call' || !times || others.length > 0) return undefined;
  return [{ file: module.file, start, end, text: `Array.from({ length: ${text(times.span)} }, () => ${text(item.span)})` }];
};

// ── statements ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const bodiesOf = (node: Stmt): readonly (readonly Stmt[])[] => {
  switch (node.kind) {
    case 'for':
    case 'while':
      return [node.body, node.orElse];
    case 'with':
    case 'function':
    case 'class':
      return [node.body];
    case 'if':
      return [node.body, node.orElse];
    case 'try':
      return [node.body, ...node.handlers.map((handler) => handler.body), node.orElse, node.finally];
    case 'match':
      return node.cases.map((one) => one.body);
    default:
      return [];
  }
};

/** A block that is there for its body alone goes with it. */
const holdsOnly = (outer: Stmt, inner: Stmt): boolean =>
  (outer.kind === 'for' || outer.kind === 'if' || outer.kind === 'with') &&
  bodiesOf(outer)
    .flat()
    .every((s) => s === inner);

/** Whole lines of a statement that shares them with no other code. */
const linesOf = (module: SourceModule, statement: Stmt): { start: number; end: number } | undefined => {
  const { start, end } = resolve(statement.span);
  const from = module.text.lastIndexOf('\n', start - 1) + 1;
  const stop = module.text.indexOf('\n', end);
  const to = stop < 0 ? module.text.length : stop + 1;
  const alone = /^[ \t]*$/.test(module.text.slice(from, start)) && /^[ \t]*;?[ \t]*((#|\/\/).*)?\r?\n?$/.test(module.text.slice(end, to));
  return alone ? { start: from, end: to } : undefined;
};

const removed = (module: SourceModule, span: Span): Made => {
  const { start, end } = resolve(span);
  const statements = pathAt(module, start, end).filter(isStatement);
  let at = statements.length - 1;
  while (at > 0 && holdsOnly(statements[at - 1] as Stmt, statements[at] as Stmt)) at--;
  const statement = statements[at];
  const outer = statements[at - 1];
  const lines = statement && linesOf(module, statement);
  if (!lines || (outer && bodiesOf(outer).some((body) => body.length === 1 && body[0] === statement))) return undefined;
  return [{ file: module.file, ...lines, text: '' }];
};

const added = (module: SourceModule, after: Span, code: string): Made => {
  const { start, end } = resolve(after);
  const statements = pathAt(module, start, end).filter(isStatement);
  const statement = statements.at(-1);
  const fn = statements.findLast((one) => one.kind === 'function' && one !== statement);
  const [target] = statement?.kind === 'assign' ? statement.targets : [];
  const owner = fn?.kind === 'function' && target?.kind !== 'name' ? fn.params[0]?.name : target?.kind === 'name' ? target.id : undefined;
  const lines = statement && linesOf(module, statement);
  if (!lines || !statement || owner === undefined) return undefined;
  const indent = module.text.slice(lines.start, resolve(statement.span).start);
  const text = indent + code.replaceAll('$', owner);
  return [{ file: module.file, start: lines.end, end: lines.end, text: module.text[lines.end - 1] === '\n' ? `${text}\n` : `\n${text}` }];
};

const moved = (module: SourceModule, change: Extract<Change, { kind: 'moveAfter' }>): Made => {
  if (change.after.anchor.file !== module.file) return undefined;
  const paths = [change.span, change.after].map((span) => {
    const { start, end } = resolve(span);
    return pathAt(module, start, end).filter(isStatement);
  });
  const [own = [], other = []] = paths;
  // The innermost statements that stand in one block: siblings in the paths' common parent.
  let depth = 0;
  while (own[depth] !== undefined && own[depth] === other[depth]) depth++;
  const [statement, behind] = [own[depth], other[depth]];
  const from = statement && linesOf(module, statement);
  const to = behind && linesOf(module, behind);
  if (!from || !to || from.end > to.start) return undefined;
  const text = module.text.slice(from.start, from.end);
  return [
    { file: module.file, ...from, text: '' },
    { file: module.file, start: to.end, end: to.end, text: module.text[to.end - 1] === '\n' ? text : `\n${text.replace(/\r?\n$/, '')}` },
  ];
};
