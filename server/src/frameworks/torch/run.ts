/** One run of a model's forward on symbolic inputs. */
import type { Interpreter } from '../../interpreter/api.ts';
import type { CallSite, InstanceValue, Value } from '../../interpreter/values.ts';
import type { Issue } from '../../network/network.ts';
import type { Entry } from '../framework.ts';
import type { Trial } from '../shared/attempts.ts';
import { reachable } from '../shared/build.ts';
import { emitInput, type GraphNote } from '../shared/graph.ts';
import { rootStorage, type Storage } from '../shared/storage.ts';
import { activation, wrap } from '../shared/tensor.ts';
import type { Guess } from './guess.ts';
import { outputsOf } from './module.ts';
import { torchState } from './state.ts';

export interface Input {
  readonly name: string;
  readonly guess: Guess;
  readonly keyword: boolean;
}

export interface Run extends Trial {
  /** Its nodes. */
  readonly from: number;
  readonly to: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly issues: readonly Issue[];
  readonly notes: readonly GraphNote[];
  readonly reached: ReadonlySet<Storage>;
  /** Makes what the run said an issue of the analysis. */
  readonly say: () => void;
}

/** Runs forward; `held` are the model's parameters. On a run that may turn out not to be wanted at most `steps` are spent. */
export const runForward = (
  model: InstanceValue,
  given: readonly Input[],
  held: ReadonlySet<Storage>,
  entry: Entry,
  interp: Interpreter,
  steps?: number,
): Run => {
  const state = torchState(interp);
  const { graph } = state;
  const [from, notes] = [graph.nodes.length, graph.notes.length];
  const site: CallSite = { span: entry.span, nameSpan: entry.nameSpan, argSpans: new Map() };
  state.calls = new Map();
  const inputs = given.map(({ name, guess }) => emitInput(graph, name, guess.shape, guess.integer, entry.nameSpan));
  const values = inputs.map((id) => wrap(interp, activation(graph, id, graph.nodes[id]?.op.kind === 'input'), site));
  const named = given.map(({ name, keyword }, i) => ({ name, keyword, value: values[i] as Value }));
  const positional = named.flatMap(({ keyword, value }) => (keyword ? [] : [value]));
  const keywords = new Map(named.flatMap(({ name, keyword, value }) => (keyword ? [[name, value] as const] : [])));
  graph.paths.length = 0;
  // The root's own path is empty: its children are 'fc1', not 'Net.fc1'.
  graph.paths.push('');
  const attempt = interp.attempt(() => interp.callMethod(model, 'forward', { positional, keywords, open: false }, site), steps);
  graph.paths.length = 0;
  const { result } = attempt;
  const outputs = outputsOf(state, result);
  const message = `forward could not be followed to its end: ${result?.kind === 'unknown' ? result.reason : 'no output'}`;
  const to = graph.nodes.length;
  const kept = [...reachable(graph, outputs, inputs, from, to)].map((id) => graph.nodes[id]).filter((node) => node !== undefined);
  const storagesOf = ({ params }: (typeof kept)[number]): Storage[] => params.map(({ storage }) => rootStorage(storage));
  return {
    from,
    to,
    inputs,
    outputs,
    issues: outputs.length === 0 ? [{ message, span: entry.nameSpan }] : [],
    notes: graph.notes.splice(notes),
    reached: new Set(kept.flatMap(storagesOf).filter((storage) => held.has(storage))),
    nodes: kept.length,
    opaque: kept.filter(({ op }) => op.kind === 'opaque').length,
    whole: outputs.length > 0,
    cut: result === undefined || !interp.spend(0),
    refused: attempt.refused,
    given: new Map(named.map(({ name, value }) => [name, value])),
    leading: (before) => {
      const found = new Set<string>();
      for (const [i, input] of inputs.entries()) {
        const behind = new Set([input]);
        for (const node of graph.nodes.slice(input + 1, to)) {
          if (!node.inputs.some((id) => behind.has(id))) continue;
          behind.add(node.id);
          if (storagesOf(node).some((storage) => held.has(storage) && !before.has(storage))) found.add(given[i]?.name ?? '');
        }
      }
      return found;
    },
    say: attempt.say,
  };
};
