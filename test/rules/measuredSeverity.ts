/** Programs that set a rule's pattern into networks of five forms, as PyTorch measured them and as InitLens judges them. */
import { readFileSync } from 'node:fs';
import { createAnalyzer, type NetworkResult } from '../../server/src/analyze.ts';
import type { Node } from '../../server/src/network/network.ts';
import { ruleNamed } from '../../server/src/rules/registry.ts';
import { memoryHost } from '../../server/src/text/host.ts';
import { parser } from '../support/parser.ts';

export const FORMS = ['shallow', 'deep', 'normalised', 'residual', 'pre-norm'] as const;
export type Form = (typeof FORMS)[number];

/** Median over seeds, 5 % and 95 %. */
export type Range = readonly [number, number, number];

export interface Measured {
  /** Empty where nothing is wrong with the draw. */
  readonly rule: string;
  readonly what: string;
  readonly form: Form;
  readonly input: readonly number[];
  readonly batch: number;
  /** Paths of the first and the last weight layer. */
  readonly first: string;
  readonly last: string;
  readonly layers: number;
  readonly gradient: Range | null;
  readonly G: Range | null;
  readonly signal: Range | null;
  readonly rms: number;
  readonly out: number;
  readonly dead: number;
  readonly source: string;
}

/** The same figures as the engine gives them; null where it knows that it does not know. */
export interface Predicted {
  readonly gradient: number | null;
  /** Of a run that has all of the layers; null else. */
  readonly G: number | null;
  readonly signal: number | null;
  readonly rms: number | null;
}

export interface Judged extends Measured {
  readonly key: string;
  readonly predicted: Predicted;
  readonly verdict: string;
}

const golden = JSON.parse(readFileSync(new URL('../golden/severity.json', import.meta.url), 'utf8')) as {
  versions: { torch: string };
  seeds: number;
  programs: readonly Measured[];
};

export const TORCH = golden.versions.torch;
export const SEEDS = golden.seeds;

const rms = (second: number | null | undefined): number | null => (second == null ? null : Math.sqrt(second));

const ratio = (a: number | null, b: number | null): number | null => (a === null || b === null || b === 0 ? null : a / b);

const predictedOf = ({ network, signal, facts }: NetworkResult, { first, last, layers }: Measured): Predicted => {
  const at = (path: string) => signal.nodes[network.nodes.find((node: Node) => node.path === path)?.id ?? -1];
  const [from, to] = [at(first), at(last)];
  if (from?.unstable || to?.unstable) return { gradient: null, G: null, signal: null, rms: null };
  const dependent = (node: typeof from): number | null => (node?.forward ? Math.sqrt(Math.max(0, node.forward.q - node.forward.r)) : null);
  return {
    gradient: ratio(rms(from?.gradient), rms(to?.gradient)),
    G: facts.runs.find((run) => run.length === layers)?.G ?? null,
    signal: ratio(dependent(to), dependent(from)),
    rms: rms(to?.forward?.q),
  };
};

const GROUPS = new Set(['symmetry', 'pairing', 'scale', 'activation']);

/** What is said of the draw: a bias in front of a norm is another matter. */
const verdictOf = ({ findings }: NetworkResult, { rule }: Measured): string => {
  const said = findings
    .filter((f) => f.rule === rule || GROUPS.has(ruleNamed(f.rule)?.group ?? ''))
    .map((f) => (f.rule === rule ? f.severity : `${f.severity} ${f.rule}`));
  return [...new Set(said)].sort((a, b) => Number(a.includes(' ')) - Number(b.includes(' '))).join(', ') || '–';
};

const judged = (measured: Measured): Judged => {
  const file = 'model.py';
  const analyzer = createAnalyzer(memoryHost({ [file]: measured.source }), parser);
  const result = analyzer.analyze(file, measured.source, { input: [measured.batch, ...measured.input] }).networks.at(-1);
  if (!result) throw new Error(`not read: ${measured.rule} ${measured.form}`);
  const key = `${measured.rule || 'none'}: ${measured.what}`;
  return { ...measured, key, predicted: predictedOf(result, measured), verdict: verdictOf(result, measured) };
};

let all: readonly Judged[] | null = null;

export const judgedPrograms = (): readonly Judged[] => {
  all ??= golden.programs.map(judged);
  return all;
};
