/** What a rule wants done, named independently of any framework. */
import type { Span } from '../text/span.ts';
import type { Law } from './distribution.ts';

export interface Recommendation {
  /**
   * He: scale 2 (corrected for a slope) over fan_in; Glorot: fan average; LeCun: 1 over fan_in; 'variance': any scale over fan_in;
   * 'fixed': a std that no fan is in; 'identity': the layer passes its input on.
   */
  readonly family: 'he' | 'glorot' | 'lecun' | 'orthogonal' | 'variance' | 'fixed' | 'identity' | 'zeros';
  readonly law: Law;
  /**
   * Multiplies the std of the family's plain form: Glorot with 4 for sigmoid, 1 for tanh, orthogonal with √2 for ReLU.
   * For 'variance': std = gain/√fan_in; for 'fixed' it is the std itself. He's own √2 is not repeated here.
   */
  readonly gain: number;
  /** Negative slope that He corrects for; 0 for ReLU. */
  readonly slope: number;
  readonly mode: 'fanIn' | 'fanOut';
  /** The activation it is meant for (a row of knowledge/activations). */
  readonly activation: string;
}

/** Initialise the weights of these nodes (ids) so. `span` is the draw to replace, if one is written. */
export interface SetInitializer {
  readonly kind: 'setInitializer';
  readonly nodes: readonly number[];
  readonly role: 'weight' | 'recurrentWeight' | 'bias';
  readonly to: Recommendation;
  readonly span: Span;
}

/**
 * One change of the text. Spans say what stands there now: a call, or what is inside of one statement. Names of arguments are those of
 * the framework where a Note gives them, else words that frameworks have in common (`bias`), which each spells in its own way.
 */
export type Change =
  /** `f(x)` → `f(x, name=value)`; a text becomes a literal. */
  | { readonly kind: 'setArgument'; readonly call: Span; readonly name: string; readonly value: string | number | boolean | null }
  /** `f(from=x)` → `f(to=x)`; `span` is within the argument or the call. */
  | { readonly kind: 'renameArgument'; readonly span: Span; readonly from: string; readonly to: string }
  /** A name, the last part of a dotted one, or what a string literal holds. */
  | { readonly kind: 'replaceName'; readonly span: Span; readonly from: string; readonly to: string }
  /** `module.f(x, y)` → `module.name(x)`: another function of the same module, with the first argument alone. */
  | { readonly kind: 'callInstead'; readonly call: Span; readonly name: string }
  /**
   * An operation of the network, by its node's spans: a function gives what it was given, a layer of a list is taken out of it, and the
   * argument that names an activation names none.
   */
  | { readonly kind: 'leaveOut'; readonly span: Span; readonly name: Span }
  /** Another activation in its place, by the names that frameworks have in common: softmax, sigmoid, relu. */
  | { readonly kind: 'replaceActivation'; readonly span: Span; readonly name: Span; readonly from: string; readonly to: string }
  /** A layer that has none gets an activation, where layers have one. */
  | { readonly kind: 'addActivation'; readonly call: Span; readonly activation: string }
  /** Gradient descent gets a momentum. */
  | { readonly kind: 'addMomentum'; readonly call: Span; readonly span: Span; readonly value: number }
  /** The loss of the same targets that takes logits; `call` makes or computes it. */
  | { readonly kind: 'takeLogits'; readonly span: Span; readonly call?: Span }
  /** What `from` says, in the place of a name that stands for it: a call that makes an object makes another one here. */
  | { readonly kind: 'copyText'; readonly span: Span; readonly from: Span }
  /** `[f(x)] * n` → `[f(x) for _ in range(n)]`. */
  | { readonly kind: 'repeatCall'; readonly span: Span }
  /** `f(x)` → `x`, `x.f()` → `x`. */
  | { readonly kind: 'removeCall'; readonly call: Span }
  /**
   * One more statement behind the one around `after`. `$` in it stands for what that statement binds, or for the first parameter of the
   * function that it is in.
   */
  | { readonly kind: 'addStatement'; readonly after: Span; readonly code: string }
  /** The statement around the span, and the block around it that would be empty. */
  | { readonly kind: 'removeStatement'; readonly span: Span }
  /** The statement around the span, put behind the one around `after` in the same block. */
  | { readonly kind: 'moveAfter'; readonly span: Span; readonly after: Span };

/** Changes that belong together: all of them or none. */
export interface EditText {
  readonly kind: 'edit';
  /** Sentence case, no full stop; "(changes training)" is added where it is not safe. */
  readonly title: string;
  /** Numerically the same program. */
  readonly safe: boolean;
  readonly changes: readonly Change[];
  /** What the weights before a new activation are drawn from, where the framework has a place for it. */
  readonly draws?: SetInitializer;
}

/** What a rule wants done; frameworks turn it into edits. */
export type FixIntent = SetInitializer | EditText;
