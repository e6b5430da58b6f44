/** `lasagne.objectives` and `lasagne.updates`: what a network is trained with. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar, bind, native } from '../../interpreter/native.ts';
import type { Args, NativeFunction } from '../../interpreter/values.ts';
import { unknown } from '../../interpreter/values.ts';
import type { Loss } from '../../network/training.ts';
import { shapeOf } from '../shared/graph.ts';
import { activationsIn } from '../shared/opaque.ts';
import type { Storage } from '../shared/storage.ts';
import { emitOpaque, tensorData } from '../shared/tensor.ts';
import { recordLoss } from '../shared/training.ts';
import { lasagneState } from './state.ts';

/** Names as the other frameworks have them. Those of probabilities have no way to take logits. */
const LOSSES: Readonly<Record<string, Omit<Loss, 'on' | 'span'>>> = {
  binary_crossentropy: { name: 'BinaryCrossentropy', kind: 'binaryCrossEntropy', takes: 'probabilities' },
  categorical_crossentropy: { name: 'CategoricalCrossentropy', kind: 'crossEntropy', takes: 'probabilities' },
  squared_error: { name: 'MeanSquaredError', kind: 'squaredError' },
  binary_hinge_loss: { name: 'Hinge', kind: 'other' },
  multiclass_hinge_loss: { name: 'CategoricalHinge', kind: 'other' },
  huber_loss: { name: 'Huber', kind: 'huber' },
};

/** Default learning rates; undefined where one must be given. */
const OPTIMIZERS: Readonly<Record<string, { readonly name: string; readonly rate?: number; readonly momentum?: number }>> = {
  sgd: { name: 'SGD', momentum: 0 },
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
const objective = (name: string, loss: Omit<Loss, 'on' | 'span'>): NativeFunction =>
  native(name, (args, site, interp) => {
    const prediction = args.positional[0] ?? args.keywords.get('predictions') ?? args.keywords.get('a');
    const { graph } = lasagneState(interp);
    const [x] = prediction ? activationsIn(prediction) : [];
    recordLoss(graph, { ...loss, span: site.nameSpan, call: site.span }, prediction, args.positional[1] ?? args.keywords.get('targets'));
    if (!x || x.node === null) return unknown(`${name} of something that is no tensor`, site.span);
    return emitOpaque(interp, x.graph, name, 'a loss', [x], site, shapeOf(x));
  });

export const OBJECTIVES: ReadonlyMap<string, NativeFunction> = new Map(
  Object.entries(LOSSES).map(([name, loss]) => [name, objective(name, loss)]),
);

const paramsOf = (args: Args, interp: Interpreter): readonly Storage[] => {
  const given = args.positional[1] ?? args.keywords.get('params');
  return (given ? (interp.iterate(given) ?? []) : []).flatMap((value) => tensorData(value)?.storage ?? []);
};

const update = (name: string): NativeFunction =>
  native(name, (args, site, interp) => {
    const row = OPTIMIZERS[name];
    const bound = bind('loss_or_grads, params, learning_rate=None, momentum=None, **kwargs', args);
    const learningRate = bound.has('learning_rate') ? asScalar(bound.get('learning_rate')) : row?.rate;
    const momentum = bound.has('momentum') ? asNumber(bound.get('momentum')) : row?.momentum;
    const key = bound.key('learning_rate');
    const rateSpan = key === undefined ? undefined : site.argSpans.get(key);
    lasagneState(interp).graph.training.optimizers.push({
      optimizer: {
        name: row?.name ?? name,
        span: site.nameSpan,
        call: site.span,
        ...(learningRate === undefined ? {} : { learningRate }),
        ...(rateSpan ? { rateSpan } : {}),
        ...(momentum === undefined ? {} : { momentum }),
      },
      model: null,
      storages: paramsOf(args, interp),
    });
    return { kind: 'dict', entries: new Map(), open: true };
  });

export const UPDATES: ReadonlyMap<string, NativeFunction> = new Map(Object.keys(OPTIMIZERS).map((name) => [name, update(name)]));
