/** Runs a model's forward on symbolic inputs and gives its network: a static torch.fx. */
import type { Interpreter } from '../../interpreter/api.ts';
import { LIMITS } from '../../interpreter/limits.ts';
import { type CallSite, type InstanceValue, NO_ARGS } from '../../interpreter/values.ts';
import type { Network } from '../../network/network.ts';
import { BATCH, symbol } from '../../network/scalar.ts';
import type { Entry } from '../framework.ts';
import { mostReaching } from '../shared/attempts.ts';
import { buildNetwork, type HeldLayer } from '../shared/build.ts';
import { contradiction, type Guess, guessInput, misfits, rotated, tokensNamed, UNKNOWN } from './guess.ts';
import { torchFans } from './initializers.ts';
import { heldLayer, layerData } from './layer.ts';
import { heldInDoubt, namedModules, namedParameters } from './module.ts';
import { type Input, type Run, runForward } from './run.ts';
import { type Taken, takenBy } from './signature.ts';
import { LIGHTNING, MODULE, torchState } from './state.ts';

export const traceModel = (model: InstanceValue, entry: Entry, interp: Interpreter): Network | null => {
  const state = torchState(interp);
  const modules = namedModules(model);
  // A base that others fill in computes nothing: no forward of the source, and no layer.
  if (!hasForward(model, interp) && modules.every(([, module]) => !layerData(module))) return null;
  state.paths = new Map(modules.map(([path, module]) => [module, path]));
  runTraining(model, entry, interp);
  const parameters = namedParameters(model);
  const held = new Set(parameters.map(([, , storage]) => storage));
  const params = takenBy(model, interp);
  const needed = neededOf(params);
  const shown = entry.input ? { shape: entry.input.map((n, i) => n ?? (i === 0 ? BATCH : symbol(`size${i}`))), integer: false } : undefined;
  const observed = state.observed.get(model);
  const seen = (i: number): Guess | undefined => {
    const shape = observed?.[i];
    // The first axis of a sample batch is the batch, whatever its size was.
    return shape ? { shape: shape.length > 1 ? [BATCH, ...shape.slice(1)] : shape, integer: false } : undefined;
  };
  const given = shown ?? seen(0);
  const run = (first: Guess, more: readonly Taken[] = [], steps?: number): Run => {
    const inputs = [
      ...needed.map(({ name, keyword }, i): Input => ({ name, keyword, guess: i === 0 ? first : (seen(i) ?? UNKNOWN) })),
      ...more.map(({ name, kind }): Input => ({ name, keyword: true, guess: kind === 'tokens' ? tokensNamed(name) : UNKNOWN })),
    ];
    return runForward(model, inputs, held, entry, interp, steps);
  };
  const guessed = guessInput(model, modules, interp);
  const tokens = needed[0]?.kind === 'tokens' && !guessed.integer ? tokensNamed(needed[0].name) : undefined;
  let first = given ?? tokens ?? guessed;
  let base = run(first);
  const better = given ? undefined : contradiction(state.graph, base.inputs[0]);
  const channelsFirst = !given && !better && first.shape?.length === 4 && misfits(state.graph, base) > 0 ? rotated(first) : undefined;
  if (better) {
    first = better;
    base = run(first);
  } else if (channelsFirst) {
    const other = run(channelsFirst);
    if (misfits(state.graph, other) < misfits(state.graph, base)) [first, base] = [channelsFirst, other];
  }
  const optional = params.filter(({ name, kind, fallback }) => mayBeGiven(kind, fallback) && !needed.some((one) => one.name === name));
  const best = mostReaching(base, held.size, optional, (chosen) => run(first, chosen, LIMITS.retrySteps));
  best.say();
  state.graph.notes.push(...best.notes);
  return buildNetwork({
    graph: state.graph,
    entry,
    from: best.from,
    to: best.to,
    inputs: best.inputs,
    outputs: best.outputs,
    paths: new Map(parameters.map(([path, , storage]) => [storage, path])),
    conditional: heldInDoubt(model, namedModules(model), interp),
    layers: modules.map(([path, module]) => heldLayer(module, path)).filter((layer): layer is HeldLayer => layer !== undefined),
    frameworkFans: torchFans,
    complete: !modules.some(([, module]) => (module.data as { open?: boolean } | undefined)?.open === true),
    model,
    issues: best.issues,
  });
};

/** A module that says itself how it is trained is run so, for its losses and its optimizer. */
const runTraining = (model: InstanceValue, entry: Entry, interp: Interpreter): void => {
  if (!model.cls.mro.includes(LIGHTNING)) return;
  const site: CallSite = { span: entry.span, nameSpan: entry.nameSpan, argSpans: new Map() };
  const { graph } = torchState(interp);
  for (const name of ['training_step', 'configure_optimizers']) {
    const method = interp.findAttr(model, name);
    if (method?.kind !== 'bound' || method.fn.kind !== 'function') continue;
    graph.paths.length = 0;
    interp.call(method, NO_ARGS, site);
  }
  graph.paths.length = 0;
};

const hasForward = (module: InstanceValue, interp: Interpreter): boolean => {
  const method = interp.findAttr(module, 'forward');
  return method !== undefined && !(method.kind === 'bound' && method.fn === MODULE.attrs.get('forward'));
};

/** Inputs that every call gives: those without a default, else the first. */
const neededOf = (params: readonly Taken[]): readonly Omit<Taken, 'fallback'>[] => {
  const required = params.filter(({ fallback }) => fallback === undefined);
  const tensors = required.filter(({ kind }) => kind !== 'other');
  const given = tensors.length > 0 ? tensors : required.length > 0 ? required : params.slice(0, 1);
  // What stands behind one that is left out goes by its name.
  const skipped = required.findIndex((param) => !given.includes(param));
  const named = given.map((param) => ({ ...param, keyword: param.keyword || (skipped >= 0 && params.indexOf(param) > skipped) }));
  return named.length > 0 ? named : [{ name: 'input', keyword: false, kind: 'any' }];
};

const mayBeGiven = (kind: Taken['kind'], fallback: Taken['fallback']): boolean => fallback?.kind === 'none' && kind !== 'other';
