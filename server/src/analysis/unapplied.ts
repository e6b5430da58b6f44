/**
 * Functions and methods of the file that initialise parameters and that nothing there names: they are called on the model that was
 * just read, and taken back.
 */
import type { Framework } from '../frameworks/framework.ts';
import { callOn } from '../interpreter/calls.ts';
import type { Machine } from '../interpreter/machine.ts';
import { siteAt } from '../interpreter/site.ts';
import { args, type ClassValue, type FunctionValue, type InstanceValue, type Scope, type Value } from '../interpreter/values.ts';
import type { Note } from '../network/network.ts';
import type { FunctionStmt, Param, SourceModule } from '../syntax/ast.ts';

/** A first look at the name, so that not every function is called. */
const SAYS_SO = /init|weight|reset|xavier|glorot|kaiming|orthogonal/i;

/** What the framework's own classes call. */
const CALLED = new Set(['reset_parameters', '_reset_parameters']);

const MOST = 4;
const MOST_PARTS = 64;
/** Steps that must be left: what is looked at here is no part of the network. */
const SPARE = 20_000;

/** Whether the text of a file names a function anywhere but where it is defined; a comment and a string count. */
export const isMentioned = ({ text }: SourceModule, name: string): boolean => {
  const all = text.match(new RegExp(`\\b${name}\\b`, 'g'))?.length ?? 0;
  const made = text.match(new RegExp(`\\bdef[ \\t]+${name}\\b`, 'g'))?.length ?? 0;
  return all > made;
};

export interface Surroundings {
  readonly source: SourceModule;
  readonly scope: Scope;
  /** What was asked of the text, with the answers. */
  readonly mentions: Map<string, boolean>;
}

/** All that a class of this file comes from is this file's or the framework's: nobody else calls its methods. */
const isClosed = (cls: ClassValue, file: string): boolean =>
  !cls.open && cls.mro.every((one) => one.source === null || one.source.module === file);

interface Candidate {
  readonly fn: FunctionValue & { readonly node: FunctionStmt };
  readonly owner: InstanceValue | null;
}

const isPlain = (value: Value): value is Candidate['fn'] =>
  value.kind === 'function' && value.node.kind === 'function' && value.node.decorators.length === 0 && !value.node.isGenerator;

const requiredOf = ({ params }: FunctionValue): readonly Param[] =>
  params.filter((p) => p.default === null && (p.kind === 'positional' || p.kind === 'positionalOnly'));

/** Whether it must be given a number or a text, which nobody has who initialises a model (`reset_classifier(self, num_classes: int)`). */
const wantsPlain = (fn: FunctionValue): boolean =>
  requiredOf(fn).some(({ annotation }) => annotation?.kind === 'name' && ['int', 'float', 'str', 'bool'].includes(annotation.id));

const candidates = (parts: readonly InstanceValue[], { source, scope, mentions }: Surroundings, machine: Machine): Candidate[] => {
  const found: Candidate[] = [];
  const seen = new Set<Value>();
  const add = (value: Value, owner: InstanceValue | null): void => {
    if (found.length >= MOST || seen.has(value) || !isPlain(value) || value.scope.module !== source.file) return;
    seen.add(value);
    const { name } = value.node;
    if (!SAYS_SO.test(name) || /^__/.test(name) || CALLED.has(name) || machine.called.has(value.node) || wantsPlain(value)) return;
    const mentioned = isMentioned(source, name);
    mentions.set(name, mentioned);
    if (!mentioned) found.push({ fn: value, owner });
  };
  for (const part of parts) {
    const { cls } = part;
    if (seen.size > MOST_PARTS || !cls.source || cls.source.module !== source.file || !isClosed(cls, source.file)) continue;
    // A base that has a method of that name calls it, or its callers do.
    for (const one of cls.mro)
      for (const [name, value] of one.source ? one.attrs : [])
        if (value.kind === 'function' && value.binding === 'instance' && !cls.mro.some((other) => other !== one && other.attrs.has(name)))
          add(value, part);
  }
  for (const value of scope.vars.values()) add(value, null);
  return found;
};

/** Whether a function draws into the model, and whether it wants its parts one by one. */
const drawsOf = (
  { fn, owner }: Candidate,
  parts: readonly InstanceValue[],
  framework: Pick<Framework, 'initialises'>,
  machine: Machine,
): 'whole' | 'each' | null => {
  const wanted = requiredOf(fn).length - (owner ? 1 : 0);
  if (!framework.initialises || wanted > 1 || (!owner && wanted === 0)) return null;
  const { draws } = framework.initialises;
  const site = siteAt(fn.node.nameSpan);
  const before = draws(machine);
  const call = (given: readonly Value[]): boolean => {
    machine.guard(fn.name, fn.node.nameSpan, () =>
      owner ? callOn(machine, fn, owner, args(given), site) : machine.call(fn, args(given), site),
    );
    return draws(machine) > before;
  };
  if (wanted === 0) return call([]) ? 'whole' : null;
  const [model] = parts;
  if (!model) return null;
  if (call([owner ?? model])) return 'whole';
  const seen = new Set<ClassValue>();
  for (const part of parts) {
    if (seen.has(part.cls)) continue;
    seen.add(part.cls);
    if (seen.size > MOST_PARTS) break;
    if (call([part])) return 'each';
  }
  return null;
};

export const unappliedNotes = (model: InstanceValue, framework: Framework, machine: Machine, around: Surroundings): readonly Note[] => {
  if (!framework.initialises || machine.left < SPARE || machine.outOfFuel) return [];
  const parts = framework.initialises.parts(model);
  const notes: Note[] = [];
  for (const candidate of candidates(parts, around, machine)) {
    const { fn, owner } = candidate;
    const [created, issues, partials, called] = [
      machine.created.length,
      machine.issues.length,
      machine.partials.length,
      new Set(machine.called),
    ];
    machine.journal.begin();
    const how = drawsOf(candidate, parts, framework, machine);
    machine.journal.rollback();
    machine.created.length = created;
    machine.issues.length = issues;
    machine.partials.length = partials;
    for (const node of machine.called) if (!called.has(node)) machine.called.delete(node);
    if (!how) continue;
    const body = (owner?.cls.attrs.get('__init__') ?? undefined) as Value | undefined;
    const last = body?.kind === 'function' && body.node.kind === 'function' ? body.node.body.at(-1)?.span : undefined;
    const other = owner ? last : model.site?.span;
    const code = framework.initialises.code(fn.name, owner !== null, how === 'each');
    const what = owner ? `\`${owner.cls.name}.${fn.name}\`` : `\`${fn.name}\``;
    notes.push({
      rule: 'init-never-applied',
      span: fn.node.nameSpan,
      message: `Nothing calls ${what}`,
      data: { name: fn.name, code, own: owner !== null && fn.name.startsWith('_') },
      ...(other && other.anchor.file === around.source.file ? { other } : {}),
    });
  }
  return notes;
};
