/**
 * What every fix of every example promises: the weights that it draws otherwise, and how. `npm run measure` runs these programs with the
 * real frameworks (`measureFixes.mjs`) and records what they hold (`fixes.json`).
 */
import { createHash } from 'node:crypto';
import { momentsOf } from '../../server/src/network/moments.ts';
import type { Network, Node, Parameter } from '../../server/src/network/network.ts';
import { BATCH, type Dim, isNumber, type Shape } from '../../server/src/network/scalar.ts';
import { resolve } from '../../server/src/text/span.ts';
import { type Analysed, analyse, apply } from '../rules/analysis.ts';
import { fixesOf, lineOf } from '../rules/fixed.ts';
import { flaggedPrograms, type Program } from '../rules/programs.ts';

export interface Promised {
  readonly path: string;
  readonly shape: readonly (number | null)[] | null;
  /** The initializer as it is written. */
  readonly name: string;
  /** Null where sizes are not known. */
  readonly mean: number | null;
  readonly std: number | null;
}

/** A network of the fixed program: how to build and feed it, and what was changed in it. */
export interface PromisedNetwork {
  readonly name: string;
  /** A null size is not known; the batch is of {@link SAMPLES}. */
  readonly inputs: readonly { readonly shape: readonly (number | null)[] | null; readonly integer: boolean }[];
  readonly output: readonly (number | null)[] | null;
  readonly weights: readonly Promised[];
}

export interface PromisedFix {
  readonly rule: string;
  readonly framework: string;
  readonly example: string;
  /** Rule and line of the finding. */
  readonly finding: string;
  readonly fix: string;
  /** Names the text of the fixed program. */
  readonly hash: string;
  readonly text: string;
  readonly networks: readonly PromisedNetwork[];
}

export const SAMPLES = 8;

const sizeOf = (dim: Dim | null): number | null =>
  dim !== null && isNumber(dim) ? dim : dim !== null && dim.text === BATCH.text ? SAMPLES : null;
const sizes = (shape: Shape | readonly (Dim | null)[] | null): (number | null)[] | null => shape?.map(sizeOf) ?? null;

const parametersOf = ({ nodes, unreached }: Network): ReadonlyMap<string, Parameter> =>
  new Map([...nodes, ...unreached].flatMap((node: Node) => node.params.filter((p) => !p.constant).map((p) => [p.path, p] as const)));

const drawnOf = (p: Parameter): string => JSON.stringify([p.shape, (p.drawn ?? p.init).distribution]);

const figure = (x: number | undefined): number | null => (x === undefined || !Number.isFinite(x) ? null : Number(x.toPrecision(6)));

const promised = (p: Parameter): Promised => {
  const init = p.drawn ?? p.init;
  const moments = momentsOf(init.distribution);
  return { path: p.path, shape: sizes(p.shape), name: init.name, mean: figure(moments?.mean), std: figure(moments?.std) };
};

const networksOf = (before: Analysed, after: Analysed): readonly PromisedNetwork[] =>
  after.networks.map(({ network }) => {
    const old = before.networks.find((n) => n.network.name === network.name)?.network;
    const known = old ? parametersOf(old) : new Map<string, Parameter>();
    const changed = [...parametersOf(network).values()].filter((p) => {
      const was = known.get(p.path);
      return !was || drawnOf(was) !== drawnOf(p);
    });
    const inputs = network.inputs.map((id) => {
      const node = network.nodes[id];
      return { shape: sizes(node?.shape ?? null), integer: node?.op.kind === 'input' && node.op.integer };
    });
    const output = sizes(network.nodes[network.outputs[0] ?? -1]?.shape ?? null);
    return { name: network.name, inputs, output, weights: changed.map(promised) };
  });

const promisesOfProgram = (program: Program): readonly PromisedFix[] => {
  const { rule, framework, title } = program;
  const before = analyse(program.text, program.file);
  return fixesOf(program, before).map(({ finding, fix }) => {
    const text = apply(program.text, fix);
    return {
      rule,
      framework,
      example: title,
      finding: `${finding.rule}:${lineOf(program.text, resolve(finding.span).start)}`,
      fix: fix.title,
      hash: createHash('sha256').update(text).digest('hex').slice(0, 12),
      text,
      networks: networksOf(before, analyse(text, program.file)),
    };
  });
};

export const promisesOf = (rule: string): readonly PromisedFix[] => flaggedPrograms(rule).flatMap((one) => promisesOfProgram(one));

/** What tells a row of the record from the others. */
export const keyOf = ({ rule, framework, example, finding, fix }: Omit<PromisedFix, 'hash' | 'text' | 'networks'>): string =>
  [rule, framework, example, finding, fix].join(' | ');
