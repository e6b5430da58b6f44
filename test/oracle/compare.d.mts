/** A parameter of the real model (oracle.py has the form). */
export interface RealParameter {
  readonly path: string;
  readonly aliases: readonly string[];
  readonly shape: readonly number[];
  readonly fanIn: number | null;
  readonly fanOut: number | null;
  readonly matrix: boolean;
  readonly count: number;
  readonly mean: number | null;
  readonly std: number | null;
  readonly kurtosis: number | null;
  readonly next: readonly { readonly act: string; readonly via: readonly string[] }[] | null;
}

export interface Dump {
  readonly name: string;
  readonly parameters: readonly RealParameter[];
  readonly others: readonly string[];
}

export interface Total {
  readonly matrices: number;
  readonly found: number;
  readonly right: { readonly shape: number; readonly fans: number; readonly std: number };
  readonly nextKnown: number;
  readonly nextRight: number;
  readonly reaching: number;
  readonly reachingRight: number;
  readonly others: number;
  readonly othersFound: number;
  readonly stated: number;
  readonly unknown: number;
  readonly wrong: number;
  readonly missing: number;
}

export interface Disagreement {
  readonly path: string;
  readonly what: string;
  readonly result: 'wrong' | 'unknown';
  readonly inspected: string;
  readonly measured: string;
}

export function compareModel(
  dump: Dump,
  network: unknown,
): { readonly name: string; readonly total: Total; readonly disagreements: readonly Disagreement[] };
export function sum(totals: readonly Total[]): Total;
export function stdTolerance(measured: { readonly count: number; readonly std: number; readonly kurtosis: number | null }): number;
export function meanTolerance(measured: { readonly count: number; readonly std: number; readonly mean: number }): number;
export function percent(part: number, whole: number): string;
