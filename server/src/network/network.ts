/**
 * The IR: a graph of ops with parameters, shapes, distributions and source spans. Frameworks build it, everything after reads it.
 * Rules and signal see this and nothing of where it came from.
 */
import type { Span } from '../text/span.ts';
import type { Distribution } from './distribution.ts';
import type { Op } from './op.ts';
import type { Dim, Scalar, Shape } from './scalar.ts';
import type { Training } from './training.ts';

export type FrameworkName = 'torch' | 'keras' | 'tfjs' | 'flax' | 'lasagne' | 'numpy';

/** A value that is known, assumed (and said to be) or unknown for a reason. */
export type Fact<T> =
  | { readonly known: 'yes'; readonly value: T; readonly span?: Span }
  | { readonly known: 'assumed'; readonly value: T; readonly why: string }
  | { readonly known: 'no'; readonly reason: string; readonly span?: Span };

export type ParameterRole =
  | 'weight'
  | 'bias'
  | 'recurrentWeight'
  | 'recurrentBias'
  | 'gamma'
  | 'beta'
  | 'slope'
  | 'embedding'
  | 'position'
  | 'other';

/** One draw of a parameter's values: where it is written and what it draws. */
export interface Init {
  readonly distribution: Distribution;
  readonly source: 'default' | 'argument' | 'call';
  /**
   * The initializer as written: 'kaiming_normal_', 'he_normal', 'torch.randn · 0.01'; for a default the framework's own name for it.
   */
  readonly name: string;
  /** Where a diagnostic belongs: the initializer's call or argument; for a default, the layer constructor's name. */
  readonly span: Span;
  /** A draw from a loop over modules, `apply` or a base class, which a later special draw may replace on purpose. */
  readonly generic: boolean;
  /** A later statement computes with what was drawn (`w.mul_(0.5)`). */
  readonly changed?: true;
  /** Identity of the object whose method draws, or -1 for the program itself; absent where a function does that may serve anyone. */
  readonly by?: number;
  /** Named activation and gain that the author gave (`nonlinearity='tanh'`, `calculate_gain('relu')`, `a=…`, `gain=…`). */
  readonly declared?: { readonly nonlinearity?: string; readonly slope?: Scalar; readonly gain?: Scalar };
}

export interface Parameter {
  /** Path inside the model in the framework's own spelling: 'fc1.weight', 'dense/kernel'. */
  readonly path: string;
  /** Last part: 'weight', 'kernel', 'bias'. */
  readonly name: string;
  readonly role: ParameterRole;
  /** Framework's own order; null when the rank is unknown; a null entry is an unknown size. */
  readonly shape: readonly (Dim | null)[] | null;
  /** Number of inputs that one unit sums over, as the signal sees it (groups, strides of transposed convolutions counted). */
  readonly fanIn: Dim | null;
  /** Number of outputs that one input feeds, as the gradient sees it. */
  readonly fanOut: Dim | null;
  /** What the framework's initializer computes from the shape. */
  readonly frameworkFans: { readonly fanIn: Dim | null; readonly fanOut: Dim | null };
  readonly init: Init;
  /** Of a recurrent layer that draws its gates apart: whether it is the forget gate's. */
  readonly gate?: 'forget' | 'other';
  /** What the parameter itself holds, where the layer uses values computed from it (`weight * scale`, `scale.exp()`). */
  readonly drawn?: Init;
  /** Earlier draws that `init` replaced, oldest first (the framework's default not among them). */
  readonly overwritten: readonly Init[];
  /** Identity of the storage: equal numbers are one tensor (tied weights, shared modules). */
  readonly storage: number;
  /** Values come from a checkpoint afterwards. */
  readonly loaded: boolean;
  readonly trainable: boolean;
  /** Data that the model computes with and holds as no parameter: a mask, a buffer. */
  readonly constant?: true;
  /** The model holds it on one way of a condition that is not known, and may lack it. */
  readonly conditional?: true;
  /** The layer constructor's call. */
  readonly span: Span;
}

export interface Node {
  readonly id: number;
  readonly op: Op;
  /** 'encoder.0.fc1'; for functional ops the enclosing module's path and the op: 'encoder/relu'. */
  readonly path: string;
  /** Class or function as the framework calls it: 'Linear', 'relu', 'Dense'. */
  readonly label: string;
  /** Constructor call of the layer, or the functional call. */
  readonly span: Span;
  /** The name inside that call, where a squiggle goes: `nn.Linear`. */
  readonly nameSpan: Span;
  readonly inputs: readonly number[];
  readonly params: readonly Parameter[];
  /** Shape of the output, batch first, framework's own axis order; null when the rank is unknown. */
  readonly shape: Shape | null;
  /** Same module called more than once: calls so far (1 for the first). */
  readonly call: number;
}

/** What only a framework can know and a rule turns into a finding; `rule` names that rule. */
export interface Note {
  readonly rule: string;
  readonly span: Span;
  readonly message: string;
  readonly data?: Readonly<Record<string, string | number | boolean>>;
  /** Another place that it speaks of: what is written once and used here. */
  readonly other?: Span;
  /** Identity of the storage that it is about (see {@link Parameter.storage}). */
  readonly storage?: number;
}

/** A bound that was hit or a thing that was not understood; shown by inspect, never a finding. */
export interface Issue {
  readonly message: string;
  readonly span?: Span;
  /** A bound of the analysis was hit. */
  readonly limit?: true;
}

export interface Network {
  readonly name: string;
  readonly framework: FrameworkName;
  /** Class or variable name: where network-level findings go. */
  readonly nameSpan: Span;
  readonly span: Span;
  readonly entry: 'call' | 'defaults' | 'function';
  readonly inputs: readonly number[];
  /** In topological order; ids are indices. */
  readonly nodes: readonly Node[];
  readonly outputs: readonly number[];
  /** Parameters of layers that were constructed but not reached from the inputs (never called, or after an opaque op dropped them). */
  readonly unreached: readonly Node[];
  readonly training: Training;
  readonly notes: readonly Note[];
  readonly issues: readonly Issue[];
  /** False where forward could not be followed to the end: head and depth are then unknown. */
  readonly complete: boolean;
}
