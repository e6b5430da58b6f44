/** Fixes: the `W` argument of a layer's constructor set or replaced by an initializer of `lasagne.init`. */
import { signature } from '../../interpreter/native.ts';
import type { SetInitializer } from '../../network/intent.ts';
import type { Parameter } from '../../network/network.ts';
import type { Argument, CallExpr, SourceModule } from '../../syntax/ast.ts';
import { importsOf } from '../../syntax/locate.ts';
import type { Span } from '../../text/span.ts';
import type { Fix, TextEdit } from '../fix.ts';
import type { EmitContext } from '../framework.ts';
import {
  calleeName,
  cameBySplat,
  fixesOf,
  importEdit,
  type Made,
  madeOf,
  setArgument,
  type Target,
  targetsOf,
  writtenArgument,
} from '../shared/argumentFixes.ts';
import { textOf } from '../shared/callArguments.ts';
import { emitWith, layerWords, type Spelling } from '../shared/edits.ts';
import { LAYERS } from './layers.ts';
import { asCall, asFormula, type Spelled } from './spelling.ts';

/** Constructor argument that gives a parameter; gates have theirs inside `Gate(…)` and are left alone. */
const argumentOf = ({ path }: Parameter): string | undefined => {
  const name = path.slice(path.indexOf('.') + 1);
  if (name === 'W' || name === 'b') return name;
  return { 'input_to_hidden.W': 'W_in_to_hid', 'hidden_to_hidden.W': 'W_hid_to_hid', 'input_to_hidden.b': 'b' }[name];
};

/** Arguments of the call in order, as its signature has them. */
const positionalNames = (call: CallExpr): readonly string[] => {
  const name = calleeName(call);
  const row = LAYERS.find((r) => r.name === name || r.aliases?.includes(name));
  return row ? signature(row.signature).flatMap((p) => (p.kind === 'normal' ? [p.name] : [])) : [];
};

// ── names ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Names {
  /** What to write before a class of initializers: 'lasagne.init.'. */
  readonly prefix: string;
  /** An import that this needs. */
  readonly edit?: TextEdit;
}

/** How this file reaches `lasagne.init`. */
const namesIn = (module: SourceModule): Names => {
  const imports = importsOf(module).filter((i) => i.topLevel);
  for (const { statement } of imports) {
    if (statement.kind === 'import') {
      for (const one of statement.modules) {
        if (one.module === 'lasagne.init' && one.alias) return { prefix: `${one.alias}.` };
        if (one.module === 'lasagne' && one.alias) return { prefix: `${one.alias}.init.` };
        if (one.module.split('.')[0] === 'lasagne' && !one.alias) return { prefix: 'lasagne.init.' };
      }
    } else if (statement.level === 0 && statement.module === 'lasagne') {
      const init = statement.names.find((one) => one.name === 'init');
      if (init) return { prefix: `${init.alias ?? 'init'}.` };
    }
  }
  return { prefix: 'lasagne.init.', edit: importEdit(module, 'import lasagne') };
};

/** An object in place of an object keeps the way that its class is reached, where that is a module. */
const prefixOfObject = (module: SourceModule, argument: Argument | undefined): string | undefined => {
  const value = argument?.value;
  if (value?.kind !== 'call') return undefined;
  const callee = textOf(module, value.callee.span);
  return /^[\w.]*init\.\w+$/.test(callee) ? callee.slice(0, callee.lastIndexOf('.') + 1) : undefined;
};

// ── edits ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

type Spell = (params: readonly Parameter[]) => Spelled | undefined;

const makeEdits = (targets: readonly Target[], spell: Spell): Made | undefined =>
  madeOf(targets, ({ module, call, params }, add) => {
    const [param] = params;
    const spelled = spell(params);
    const argument = argumentOf(param);
    if (!spelled || argument === undefined) return undefined;
    const given = writtenArgument(call, argument, param, positionalNames(call));
    if (!given && cameBySplat(call, param)) return undefined;
    const own = prefixOfObject(module, given);
    const names = own === undefined ? namesIn(module) : { prefix: own };
    if (names.edit) add(names.edit);
    const object = `${spelled.className}(${spelled.args})`;
    add(setArgument(module, call, given, argument, `${names.prefix}${object}`));
    return object;
  });

const drawnAt = (param: Parameter): Span | undefined =>
  param.init.source === 'call' || argumentOf(param) === undefined ? undefined : param.span;

const emitFixes = (intent: SetInitializer, context: EmitContext): readonly Fix[] => {
  const targets = targetsOf(intent, context, drawnAt);
  if (!targets) return [];
  const call = makeEdits(targets, ([param]) => (param ? asCall(intent.to, param) : undefined));
  const formula = makeEdits(targets, (params) => asFormula(intent.to, params));
  return fixesOf(intent.to, call, formula);
};

/** `forgetgate=Gate(b=Constant(1.0))`, where the file reaches both classes. */
const forgetBias = (value: string | number | boolean | null, call: CallExpr, module: SourceModule): Spelling | undefined => {
  const { prefix, edit } = namesIn(module);
  const callee = textOf(module, call.callee.span);
  const own = callee.slice(0, callee.lastIndexOf('.') + 1);
  const known = importsOf(module).some(
    ({ statement }) =>
      statement.kind === 'importFrom' && statement.names.some((one) => (one.alias ?? one.name) === 'Gate' || one.name === '*'),
  );
  const layers = own || (known ? '' : prefix.endsWith('.init.') ? `${prefix.slice(0, -'init.'.length)}layers.` : undefined);
  if (edit || layers === undefined || typeof value !== 'number') return undefined;
  return { name: 'forgetgate', value, code: `${layers}Gate(b=${prefix}Constant(${value.toFixed(1)}))` };
};

export const emit = emitWith(
  emitFixes,
  layerWords(
    { bias: (value) => (value === false ? { name: 'b', value: null } : undefined), forgetBias },
    (name) => LAYERS.find((r) => r.name === name || r.aliases?.includes(name))?.signature,
  ),
);
