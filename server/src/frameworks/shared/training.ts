/**
 * What a program trains its networks with, as a run sees it: losses and the tensors they are applied to, optimizers and the weights
 * they change. `build.ts` hangs it on the network that is meant.
 */
import type { InstanceValue, Value } from '../../interpreter/values.ts';
import { type Fed, type Loss, type Optimizer, type Prediction, type Step, type Training, UNTRAINED } from '../../network/training.ts';
import { sameSpan } from '../../text/span.ts';
import type { Graph, GraphNode } from './graph.ts';
import { activationsIn } from './opaque.ts';
import { rootStorage, type Storage } from './storage.ts';
import { type TensorData, tensorData } from './tensor.ts';

/** An output of a model that was called: which one of how many. */
export interface Produced {
  readonly model: InstanceValue;
  readonly output: number;
  readonly of: number;
}

export interface SeenLoss {
  readonly loss: Omit<Loss, 'on'>;
  /** The tensor it is applied to, the model that it is given to by name (`compile`), or neither. */
  readonly on: { readonly node: number } | { readonly model: InstanceValue; readonly output?: number } | null;
}

export interface SeenOptimizer {
  readonly optimizer: Optimizer;
  readonly model: InstanceValue | null;
  readonly storages?: readonly Storage[];
}

export interface TrainingRecord {
  readonly losses: SeenLoss[];
  readonly optimizers: SeenOptimizer[];
  readonly producers: Map<number, Produced>;
  /** Models whose outputs are judged as classes. */
  readonly classifiers: Set<InstanceValue>;
  readonly fed: Map<InstanceValue, Fed>;
}

export const newRecord = (): TrainingRecord => ({
  losses: [],
  optimizers: [],
  producers: new Map(),
  classifiers: new Set(),
  fed: new Map(),
});

/** A loss over a prediction; of what is no tensor of the graph only the loss is known. */
export const recordLoss = (
  graph: Graph,
  loss: Omit<Loss, 'on'>,
  prediction: Value | undefined,
  target: Value | undefined,
): TensorData | undefined => {
  const data = tensorData(prediction);
  const here = data?.graph === graph && data.node !== null ? data.node : null;
  const taught = activationsIn(target).some(({ node }) => node !== null && graph.nodes[node]?.op.kind !== 'input');
  graph.training.losses.push({ loss: taught ? { ...loss, taught } : loss, on: here === null ? null : { node: here } });
  return here === null ? undefined : data;
};

/** Remembers that these nodes are what a call of the model gave. */
export const recordOutputs = (graph: Graph, model: InstanceValue, nodes: readonly number[]): void => {
  for (const [output, node] of nodes.entries()) graph.training.producers.set(node, { model, output, of: nodes.length });
};

export interface Trainee {
  readonly graph: Graph;
  /** The model, where the network is one's. */
  readonly model: InstanceValue | null;
  readonly storages: ReadonlySet<Storage>;
  /** Outputs of the network, as its nodes. */
  readonly outputs: readonly number[];
  /** The network's node for one of the graph that is no input of it. */
  readonly nodeOf: (id: number) => number | undefined;
}

/** Of another instance of its class nothing is said: it may be the teacher. */
const isTrainee = ({ model }: Trainee, other: InstanceValue | null): boolean => other !== null && other === model;

/** Back from a loss to the network; null where it is none of its nodes that the loss is computed from. */
const predictionOf = (trainee: Trainee, from: number): Prediction | null => {
  const { graph, outputs, nodeOf } = trainee;
  const through: Step[] = [];
  for (let id = from; ; ) {
    const produced = graph.training.producers.get(id);
    if (produced && isTrainee(trainee, produced.model)) {
      const node = produced.of === outputs.length ? outputs[produced.output] : undefined;
      return node === undefined ? null : { node, through };
    }
    if (produced) return null;
    const own = nodeOf(id);
    if (own !== undefined) return { node: own, through };
    const node: GraphNode | undefined = graph.nodes[id];
    const [input, ...others] = node?.inputs ?? [];
    if (!node || input === undefined || others.length > 0) return null;
    through.unshift({ op: node.op, label: node.label, span: node.span, nameSpan: node.nameSpan });
    id = input;
  }
};

const lossesOf = (trainee: Trainee): readonly Loss[] => {
  const { losses } = trainee.graph.training;
  const linked = losses.flatMap(({ loss, on }): Loss[] => {
    if (on === null) return [];
    if ('node' in on) {
      const prediction = predictionOf(trainee, on.node);
      return prediction ? [{ ...loss, on: prediction }] : [];
    }
    if (!isTrainee(trainee, on.model)) return [];
    const node = on.output === undefined ? (trainee.outputs.length === 1 ? trainee.outputs[0] : undefined) : trainee.outputs[on.output];
    return [{ ...loss, on: node === undefined ? null : { node, through: [] } }];
  });
  if (linked.length > 0) return linked.filter((a, i) => linked.findIndex((b) => alike(a, b)) === i);
  const names = new Set(losses.map(({ loss }) => loss.name));
  const [only] = losses;
  return only && names.size === 1 && losses.every(({ on }) => on === null) ? [{ ...only.loss, on: null }] : [];
};

const alike = (a: Loss, b: Loss): boolean => sameSpan(a.span, b.span) && a.on?.node === b.on?.node;

const optimizerOf = (trainee: Trainee): Optimizer | undefined => {
  const { optimizers } = trainee.graph.training;
  const own = optimizers.find(
    ({ model, storages }) => isTrainee(trainee, model) || storages?.some((one) => trainee.storages.has(rootStorage(one))),
  );
  if (own) return own.optimizer;
  const [only] = optimizers;
  const free = optimizers.every(({ optimizer, model, storages }) => optimizer.name === only?.optimizer.name && !model && !storages?.length);
  return free ? only?.optimizer : undefined;
};

export const trainingOf = (trainee: Trainee): Training => {
  const record = trainee.graph.training;
  const losses = lossesOf(trainee);
  const optimizer = optimizerOf(trainee);
  const accuracy = [...record.classifiers].some((model) => isTrainee(trainee, model));
  const fed = [...record.fed].find(([model]) => isTrainee(trainee, model))?.[1];
  if (losses.length === 0 && !optimizer && !accuracy && !fed) return UNTRAINED;
  return { losses, ...(optimizer ? { optimizer } : {}), ...(accuracy ? { accuracy: true as const } : {}), ...(fed ? { fed } : {}) };
};
