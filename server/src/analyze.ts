/**
 * The façade: text in, networks and findings out. Pure: what it needs from outside comes through {@link Host}.
 * `lsp/` and `cli/` are adapters over this and nothing else.
 */
import type { Fix } from './frameworks/fix.ts';
import type { Network } from './network/network.ts';
import type { Facts } from './rules/facts.ts';
import type { Finding } from './rules/rule.ts';
import type { Signal } from './signal/signal.ts';
import type { SourceModule } from './syntax/ast.ts';
import type { Host } from './text/host.ts';

export interface NetworkResult {
  readonly network: Network;
  readonly signal: Signal;
  readonly facts: Facts;
  /** Sorted by offset, then rule. */
  readonly findings: readonly Finding[];
}

export interface Analysis {
  readonly module: SourceModule;
  readonly networks: readonly NetworkResult[];
  /** Findings of all networks, one cause one finding, suppressed ones left out, sorted by offset then rule. */
  readonly findings: readonly Finding[];
  /** Things not understood, bounds that were hit, internal errors. Never a finding. */
  readonly issues: readonly { readonly message: string; readonly start: number; readonly end: number }[];
  /** True where the text is broken and `networks` come (partly) from the last good text, shifted. */
  readonly stale: boolean;
}

export interface AnalyzeOptions {
  /** Analyse only this class, built with these constructor arguments (JSON values), on this input shape. */
  readonly className?: string;
  readonly args?: readonly unknown[] | Readonly<Record<string, unknown>>;
  readonly input?: readonly (number | null)[];
}

export interface Analyzer {
  /** Analyses a text. Repeated calls for one file reuse what did not change. Never throws. */
  analyze(file: string, text: string, options?: AnalyzeOptions): Analysis;
  /** Edits for a finding of an analysis, preferred first. Computed on demand. */
  fixes(analysis: Analysis, finding: Finding): readonly Fix[];
  /** Drops what is kept for a file. */
  forget(file: string): void;
}

export type CreateAnalyzer = (host: Host) => Analyzer;
