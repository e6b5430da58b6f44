/** Bounds of one run. A bound that was hit is an issue, not a hang (invariant 10). */
export const LIMITS = {
  /** Evaluated expressions and statements. */
  steps: 400_000,
  /** Iterations of one `for`. Real models stay far below; what is cut off is said. */
  iterations: 1_024,
  /** A loop longer than this is left once an iteration only repeats the layers of earlier ones: training. */
  repeats: 16,
  /** Iterations of one `while`. */
  whileIterations: 1_024,
  /** Active calls of source functions. Each takes a dozen frames of our own stack. */
  depth: 120,
  /** Active calls of any kind: native ones, too, may come back to where they started (a module that holds itself). */
  callDepth: 500,
  /** Unknown conditions within one another that are tried both ways; each doubles the work. */
  speculation: 5,
  /** Of an entry's steps, for each run of a model that tries further inputs. */
  retrySteps: 100_000,
  /** Evaluated expressions and statements of all entries of one file, and of what their networks cost afterwards. */
  fileSteps: 600_000,
  /** The same, after which only such classes are followed as others of the file use: parts are cheap where the whole is not. */
  outerSteps: 540_000,
  /** The same, after which no model is followed that differs from another one of the file only in which numbers and texts it gives. */
  optionSteps: 60_000,
  /** The same, after which none is that differs only in numbers and texts. */
  variantSteps: 40_000,
  /** Of an entry's steps, as long as nothing of a framework is made: a function that reads files or options builds no model. */
  searchSteps: 60_000,
  /** The same after entries that gave nothing took so many of the file's. */
  vainSteps: 120_000,
  shortSearchSteps: 5_000,
  /** Of a function that trains a model and that nobody calls. */
  trainingSteps: 20_000,
  /** Evaluated expressions and statements of one statement of an imported module. */
  importSteps: 50_000,
  /** The same of all imports of one file, with what it costs to read and to parse them. */
  allImports: 2_000_000,
  /** Evaluated expressions and statements of one decorator; one that needs more is taken for transparent. */
  decoratorSteps: 2_000,
  /** Of a statement of the analysed file's top level, once the others used up the file's: enough to define something. */
  definitionSteps: 300,
  /** Models, and functions that may build one, of one file. Written files have a few dozen. */
  entries: 250,
  /** Items that a range or a repeated list is unrolled to. */
  items: 20_000,
} as const;
