/** How torch spells an initializer: a call of torch.nn.init first, its formula second; in place, after the layer, or in a loop. */
import type { SetInitializer } from '../../network/intent.ts';
import type { Node, Parameter } from '../../network/network.ts';
import type { Expr, SourceModule } from '../../syntax/ast.ts';
import { resolve, sameSpan } from '../../text/span.ts';
import type { Fix, TextEdit } from '../fix.ts';
import type { EmitContext } from '../framework.ts';
import { emitWith, layerWords, type Spelling } from '../shared/edits.ts';
import { INITIALIZERS } from './initializers.ts';
import type { LayerRow } from './layer.ts';
import { LAYERS } from './layers.ts';
import { afterLayer, afterParameter, type LoopPlace, loopPlace, type Place, textOf, writtenCall } from './places.ts';
import { asCall, asFormula, figure, importEdits, type Names, nameOf, namesOf, type Spelled } from './spelling.ts';

interface Target {
  readonly node: Node;
  readonly param: Parameter;
  readonly module: SourceModule;
  /** The call draws other parameters, too, that are no matrices where this is one, or the other way round. */
  readonly mixed: boolean;
}

type Spell = (target: string, param: Parameter, names: Names) => Spelled | undefined;

const emitFixes = (intent: SetInitializer, context: EmitContext): readonly Fix[] => {
  const targets = targetsOf(intent, context);
  if (!targets) return [];
  const title = nameOf(intent.to);
  const styles: readonly { style: Fix['style']; spell: Spell; title: (fn: string) => string }[] = [
    { style: 'call', spell: (t, p, n) => asCall(intent.to, t, p, n), title: (fn) => `Initialize with ${title} (${fn}, changes training)` },
    {
      style: 'formula',
      spell: (t, p, n) => asFormula(intent.to, t, p, n),
      title: () => `Initialize with ${title}, formula spelled out (changes training)`,
    },
  ];
  const fixes: Fix[] = [];
  for (const { style, spell, title: say } of styles) {
    const made = editsFor(targets, spell);
    if (made) fixes.push({ title: say(made.fn), safe: false, preferred: fixes.length === 0, style, edits: made.edits });
  }
  return fixes;
};

/** The parameters that an intent is about, with the files that a fix would edit; undefined where one is out of reach. */
const targetsOf = (intent: SetInitializer, context: EmitContext): readonly Target[] | undefined => {
  const { network } = context;
  const all = [...network.nodes, ...network.unreached];
  const targets: Target[] = [];
  for (const id of intent.nodes) {
    const node = all.find((n) => n.id === id);
    const param = node?.params.find((p) => p.role === intent.role || (intent.role === 'weight' && p.role === 'embedding'));
    if (!node || !param) continue;
    const module = context.module((param.init.source === 'default' ? param.span : param.init.span).anchor.file);
    if (!module) return undefined;
    const drawn = param.init.source === 'call' ? all.flatMap((n) => n.params.filter((p) => sameSpan(p.init.span, param.init.span))) : [];
    targets.push({ node, param, module, mixed: drawn.some((p) => isMatrix(p) !== isMatrix(param)) });
  }
  return targets.length > 0 ? targets : undefined;
};

const isMatrix = ({ shape }: Parameter): boolean => shape === null || shape.length > 1;

/** A draw for some of the parameters that the call is given, and what stands there for the others. */
const forSome = (lines: readonly string[], { param, module }: Target, { target, start, end }: Place): readonly string[] => [
  `if ${target}.dim() ${isMatrix(param) ? '> 1' : '< 2'}:`,
  ...lines.map((line) => `    ${line}`),
  'else:',
  `    ${module.text.slice(start, end)}`,
];

const key = (edit: TextEdit): string => `${edit.file}\0${edit.start}\0${edit.end}\0${edit.text}`;

const editsFor = (targets: readonly Target[], spell: Spell): { fn: string; edits: readonly TextEdit[] } | undefined => {
  const edits = new Map<string, TextEdit>();
  const loops = new Map<string, { place: LoopPlace; layers: Map<string, Target> }>();
  const written = new Map<SourceModule, string[]>();
  let fn: string | undefined;
  const put = (module: SourceModule, edit: TextEdit): void => {
    edits.set(key(edit), edit);
    written.set(module, [...(written.get(module) ?? []), edit.text]);
  };
  for (const target of targets) {
    const names = namesOf(target.module);
    const place = placeOf(target, names);
    if (place) {
      const spelled = spell(place.target, target.param, names);
      const lines = spelled && target.mixed ? forSome(spelled.lines, target, place) : spelled?.lines;
      if (!spelled || !lines || (place.inline && lines.length > 1)) return undefined;
      fn ??= spelled.fn;
      put(place.module, {
        file: place.module.file,
        start: place.start,
        end: place.end,
        text: `${place.before}${lines.join(`\n${place.indent}`)}${place.after}`,
      });
      continue;
    }
    if (target.param.init.source !== 'default') return undefined;
    const loop = loopPlace(target.module, target.node);
    if (!loop) return undefined;
    const at = `${target.module.file}\0${loop.start}`;
    const known = loops.get(at) ?? { place: loop, layers: new Map<string, Target>() };
    known.layers.set(layerName(target, names), target);
    loops.set(at, known);
  }
  for (const { place, layers } of loops.values()) {
    const [first] = layers.values();
    if (!first) continue;
    const names = namesOf(place.module);
    const spelled = spell('m.weight'.replace('weight', first.param.name), first.param, names);
    if (!spelled) return undefined;
    fn ??= spelled.fn;
    const types = [...layers.keys()].sort();
    const test = types.length === 1 ? types[0] : `(${types.join(', ')})`;
    const { indent } = place;
    const lines = [
      `for m in ${place.owner}.modules():`,
      `    if isinstance(m, ${test}):`,
      ...spelled.lines.map((line) => `        ${line}`),
    ];
    put(place.module, {
      file: place.module.file,
      start: place.start,
      end: place.end,
      text: `${place.before}${lines.join(`\n${indent}`)}${place.after}`,
    });
  }
  if (fn === undefined) return undefined;
  const imports = [...written].flatMap(([module, texts]) => importEdits(module, namesOf(module), texts));
  const sorted = [...edits.values(), ...imports].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start));
  return overlapping(sorted) ? undefined : { fn, edits: sorted };
};

const overlapping = (edits: readonly TextEdit[]): boolean =>
  edits.some((edit, i) => {
    const next = edits[i + 1];
    return next !== undefined && next.file === edit.file && next.start < edit.end;
  });

/** Where this parameter's draw goes, if it has a place of its own. */
const placeOf = ({ param, module }: Target, names: Names): Place | undefined => {
  const suffix = param.path.includes('.') ? `.${param.name}` : '';
  if (param.init.source === 'default') return afterLayer(module, param, suffix || `.${param.name}`);
  if (param.init.name.startsWith('torch.') || param.init.name === 'nn.Parameter') return afterParameter(module, param);
  return writtenCall(module, param, (callee) => isInitializer(module, callee, names));
};

/** Whether a callee is a function of torch.nn.init, by the file's imports; else it is a method of the tensor. */
const isInitializer = (module: SourceModule, callee: Expr, names: Names): boolean => {
  if (callee.kind === 'name') return true;
  if (callee.kind !== 'attribute' || !(callee.name.replace(/_$/, '') in INITIALIZERS)) return false;
  const object = textOf(module, callee.object.span);
  return object === names.init || object === `${names.nn}.init` || object === 'torch.nn.init' || object === 'init';
};

/** How this file calls the layer's class. */
const layerName = ({ node, module }: Target, names: Names): string => {
  const written = textOf(module, node.nameSpan);
  const { file } = resolve(node.nameSpan);
  return file === module.file && /^[\w.]+$/.test(written) && written.split('.').at(-1) === node.label
    ? written
    : `${names.nn}.${node.label}`;
};

/** Gates of an LSTM lie behind each other as input, forget, cell and output; the two biases add, so one of them is set. */
const forgetBias = (value: string | number | boolean | null): Spelling | undefined =>
  typeof value === 'number'
    ? {
        name: 'forgetBias',
        value,
        after: (target) => [
          `for name, bias in ${target}.named_parameters():`,
          "    if 'bias_ih' in name:",
          '        n = bias.size(0) // 4',
          `        bias.data[n : 2 * n].fill_(${figure(value)})`,
        ],
      }
    : undefined;

export const emit = emitWith(
  emitFixes,
  layerWords({ bias: 'bias', forgetBias }, (name) => (LAYERS.get(name)?.meta as LayerRow | undefined)?.signature),
);
