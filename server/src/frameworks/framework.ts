/**
 * What one framework gives the rest of the house: names for the interpreter, networks out of what was interpreted, and the
 * spelling of fixes. A framework knows no rule and no editor.
 */
import type { Hooks, Interpreter } from '../interpreter/api.ts';
import type { Args, CallSite, ClassValue, InstanceValue, UnknownValue, Value } from '../interpreter/values.ts';
import type { FixIntent } from '../network/intent.ts';
import type { FrameworkName, Network } from '../network/network.ts';
import type { Shape } from '../network/scalar.ts';
import type { SourceModule } from '../syntax/ast.ts';
import type { JsonNode } from '../syntax/json/parse.ts';
import type { Anchor, Span } from '../text/span.ts';
import type { Fix } from './fix.ts';

/** How a model came to be analysed. */
export interface Entry {
  readonly name: string;
  readonly kind: Network['entry'];
  readonly span: Span;
  readonly nameSpan: Span;
  /** Input shape given by hand (`--input`), batch first, null where free. */
  readonly input?: readonly (number | null)[];
}

/** A model out of a file without source. */
export interface SavedModel extends Pick<Entry, 'name' | 'span' | 'nameSpan'> {
  readonly model: InstanceValue;
}

export interface Framework
  extends Pick<Hooks, 'external' | 'unknownCall' | 'join' | 'reads' | 'named' | 'repeated' | 'progress' | 'unfollowed'> {
  readonly name: FrameworkName;
  /** Top-level packages it answers for: 'torch', 'keras', 'tensorflow'. */
  readonly packages: readonly string[];
  /** Packages whose names it knows for where their source is not read. */
  readonly fallbacks?: readonly string[];
  /** The release of {@link packages}[0] that the tables describe. */
  readonly release?: string;
  /** A class of the analysed source that is a model (subclass of nn.Module, keras.Model). */
  isModelClass(cls: ClassValue): boolean;
  isModel(value: Value): value is InstanceValue;
  /** Names of its own classes that become models by calls: 'Sequential'. Of what only holds such, a class may be an agent or a GAN. */
  readonly ownModels?: readonly string[];
  /** What models consist of; unset where only models are parts of models. */
  isPart?(instance: InstanceValue): boolean;
  /** Models and layers that a model holds, where they are not plain attributes of it. */
  children?(model: InstanceValue): readonly InstanceValue[];
  /** What a function that trains is given for a model by the parameter's name: the model, or an object that holds it. */
  trainee?(model: InstanceValue, param: string, interp: Interpreter): Value | undefined;
  /**
   * Runs the model on a symbolic input and gives its network. Never throws. `inputs` of the network carry the shape that was given
   * or inferred from the first layer.
   */
  trace(model: InstanceValue, entry: Entry, interp: Interpreter): Network | null;
  /**
   * The model that a saved topology holds, built with what the source would call; a sentence where the file holds none of its models.
   * `loaded`: the weights are at hand. Undefined where another framework should be asked.
   */
  readSaved?(root: JsonNode, anchor: Anchor, loaded: boolean, interp: Interpreter): SavedModel | string | undefined;
  /**
   * Networks without a model object: weights drawn and multiplied by hand in what a run did since `from` (see {@link mark}).
   * `entryFor` says what the network is called whose first weight is drawn at a place; null leaves it out.
   */
  scripts?(interp: Interpreter, from: number, options: ScriptSurroundings): readonly Network[];
  /** Whether a value (an instance, a dict, a list) holds arrays that may be weights of a script. */
  holdsArrays?(value: Value): boolean;
  /** Where a run's record now ends. */
  mark?(interp: Interpreter): number;
  /** Where initialisers are functions that somebody must call. */
  readonly initialises?: {
    /** The model and the modules that it holds. */
    parts(model: InstanceValue): readonly InstanceValue[];
    /** Draws into parameters so far, taken back or not. */
    draws(interp: Interpreter): number;
    /** A statement that calls it, `$` for what holds the model: a method of it or a function, on all of it or on each part. */
    code(name: string, isMethod: boolean, each: boolean): string;
  };
  /** Text edits that carry out an intent; empty where this framework cannot. Preferred first. */
  emit(intent: FixIntent, context: EmitContext): readonly Fix[];
}

export interface ScriptSurroundings {
  readonly entryFor: (firstWeight: Span) => Entry | null;
  /** Values that may hold the weights, by name: globals, attributes of an instance, what a function returned. */
  readonly roots: Iterable<readonly [string, Value]>;
  /** Objects without a name of their own that may hold others. */
  readonly instances: readonly InstanceValue[];
}

export interface EmitContext {
  readonly network: Network;
  /** Parsed file by key. */
  readonly module: (file: string) => SourceModule | undefined;
}

export type { Args, CallSite, Shape, UnknownValue };
