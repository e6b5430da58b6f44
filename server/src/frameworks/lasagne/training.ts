/** `lasagne.objectives`, `lasagne.updates` and `lasagne.regularization`: what a network is trained with. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar, bind, native } from '../../interpreter/native.ts';
import type { Args, NativeFunction } from '../../interpreter/values.ts';
import { unknown } from '../../interpreter/values.ts';
import type { Network, Training } from '../../network/network.ts';
import { shapeOf } from '../shared/graph.ts';
import { activationsIn } from '../shared/opaque.ts';
import { rootStorage, type Storage } from '../shared/storage.ts';
import { emitOpaque, tensorData } from '../shared/tensor.ts';
import { lasagneState, type TrainingRecords } from './state.ts';

/** Names as the other frameworks have them. */
const LOSSES: Readonly<Record<string, string>> = {
  binary_crossentropy: 'BinaryCrossentropy',
  categorical_crossentropy: 'CategoricalCrossentropy',
  squared_error: 'MeanSquaredError',
  binary_hinge_loss: 'Hinge',
  multiclass_hinge_loss: 'CategoricalHinge',
  huber_loss: 'Huber',
};

/** Default learning rates; undefined where one must be given. */
const OPTIMIZERS: Readonly<Record<string, { readonly name: string; readonly rate?: number; readonly momentum?: number }>> = {
  sgd: { name: 'SGD' },
  momentum: { name: 'SGD', momentum: 0.9 },
  nesterov_momentum: { name: 'SGD', momentum: 0.9 },
  adagrad: { name: 'Adagrad', rate: 1 },
  rmsprop: { name: 'RMSprop', rate: 1 },
  adadelta: { name: 'Adadelta', rate: 1 },
  adam: { name: 'Adam', rate: 0.001 },
  adamax: { name: 'Adamax', rate: 0.002 },
  amsgrad: { name: 'AMSGrad', rate: 0.001 },
};

/** A loss over a prediction: a tensor that is not followed, whose place is remembered. */
const objective = (name: string): NativeFunction =>
  native(name, (args, site, interp) => {
    const prediction = args.positional[0] ?? args.keywords.get('predictions');
    const [x] = prediction ? activationsIn(prediction) : [];
    if (!x || x.node === null) return unknown(`${name} of something that is no tensor`, site.span);
    lasagneState(interp).losses.push({ name: LOSSES[name] ?? name, node: x.node, span: site.span });
    return emitOpaque(interp, x.graph, name, 'a loss', [x], site, shapeOf(x));
  });

export const OBJECTIVES: ReadonlyMap<string, NativeFunction> = new Map(Object.keys(LOSSES).map((name) => [name, objective(name)]));

const paramsOf = (args: Args, interp: Interpreter): readonly Storage[] => {
  const given = args.positional[1] ?? args.keywords.get('params');
  return (given ? (interp.iterate(given) ?? []) : []).flatMap((value) => tensorData(value)?.storage ?? []);
};

const update = (name: string): NativeFunction =>
  native(name, (args, site, interp) => {
    lasagneState(interp).optimizers.push({ name, params: paramsOf(args, interp), args, span: site.span });
    return { kind: 'dict', entries: new Map(), open: true };
  });

export const UPDATES: ReadonlyMap<string, NativeFunction> = new Map(Object.keys(OPTIMIZERS).map((name) => [name, update(name)]));

const optimizerOf = (record: TrainingRecords['optimizers'][number]): NonNullable<Training['optimizer']> => {
  const row = OPTIMIZERS[record.name];
  const bound = bind('loss_or_grads, params, learning_rate=None, momentum=None, **kwargs', record.args);
  const learningRate = bound.has('learning_rate') ? asScalar(bound.get('learning_rate')) : row?.rate;
  const momentum = bound.has('momentum') ? asNumber(bound.get('momentum')) : row?.momentum;
  return {
    name: row?.name ?? record.name,
    span: record.span,
    ...(learningRate === undefined ? {} : { learningRate }),
    ...(momentum === undefined ? {} : { momentum }),
  };
};

/** The loss over one of the network's nodes, and the optimizer of its parameters. */
export const trainingOf = (nodes: ReadonlySet<number>, storages: ReadonlySet<Storage>, interp: Interpreter): Network['training'] => {
  const { losses, optimizers } = lasagneState(interp);
  const loss = losses.find((record) => nodes.has(record.node));
  const optimizer = optimizers.find((record) => record.params.some((storage) => storages.has(rootStorage(storage))));
  return {
    ...(loss ? { loss: { name: loss.name, span: loss.span, ...(/Crossentropy$/.test(loss.name) ? { fromLogits: false } : {}) } } : {}),
    ...(optimizer ? { optimizer: optimizerOf(optimizer) } : {}),
  };
};
