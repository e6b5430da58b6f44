/**
 * What a rule is: one file, one declarative object. Docs page, hover link, settings enum and README row derive from it.
 * Rules see a Network with its Signal; no syntax, no framework's names, no editor.
 */
import type { FixIntent } from '../network/intent.ts';
import type { FrameworkName, Network } from '../network/network.ts';
import type { Signal } from '../signal/signal.ts';
import type { Span } from '../text/span.ts';
import type { Facts } from './facts.ts';

export type Severity = 'error' | 'warning' | 'information' | 'hint';

export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly span: Span;
  /** One sentence with a figure. */
  readonly message: string;
  /** Name of the network. */
  readonly network: string;
  readonly related: readonly { readonly span: Span; readonly message: string }[];
  readonly intents: readonly FixIntent[];
  /** Weight layers (node ids) whose F or G this explains, so that vanishing-/exploding-* stay silent. */
  readonly explains: readonly number[];
  readonly tags?: readonly ('unnecessary' | 'deprecated')[];
  /** It asks for a change of this place, which must be right for every network that the place builds or draws. */
  readonly unanimous?: true;
}

export interface RuleContext {
  readonly network: Network;
  readonly signal: Signal;
  /** Derived facts shared by rules: runs, next activations, heads, families. */
  readonly facts: Facts;
  report(finding: Omit<Finding, 'rule' | 'network'>): void;
  /** Findings of more specific rules so far (rules run in the order of RULES: one cause, one finding). */
  readonly reported: readonly Finding[];
  /** Node ids that findings so far explain. */
  readonly explained: ReadonlySet<number>;
}

export interface Rule {
  readonly name: string;
  readonly group: 'symmetry' | 'pairing' | 'scale' | 'bias' | 'plumbing' | 'activation' | 'training';
  readonly tier: 'stable' | 'preview';
  /** Where it can occur: what only one framework has (PyTorch's `a=`, TensorFlow.js's falsy zeros) occurs nowhere else. Default: everywhere. */
  readonly frameworks?: readonly FrameworkName[];
  readonly docs: {
    /** One sentence: what it flags. */
    readonly what: string;
    readonly why: string;
    /** When not to follow it: what is never flagged. */
    readonly exceptions: string;
    readonly references: readonly string[];
    /** How severe it is and why, where the group does not say. */
    readonly severity?: string;
    /** What the fix does, where the group does not say; whether it changes training too. */
    readonly fix?: string;
  };
  readonly examples: readonly { readonly framework: FrameworkName; readonly bad: string; readonly good: string }[];
  check(context: RuleContext): void;
}

export const defineRule = (rule: Rule): Rule => rule;
