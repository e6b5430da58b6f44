/** Losses and optimizers: what they are and which model they train. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar, bind, native, nativeClass } from '../../interpreter/native.ts';
import type { Args, CallSite, ClassValue, InstanceValue, NativeFunction, Value } from '../../interpreter/values.ts';
import { NO_ARGS, NONE } from '../../interpreter/values.ts';
import type { Loss, LossKind, Takes } from '../../network/training.ts';
import { opaqueCall } from '../shared/opaque.ts';
import type { Storage } from '../shared/storage.ts';
import { tensorData } from '../shared/tensor.ts';
import { recordLoss } from '../shared/training.ts';
import { MODULE, torchState } from './state.ts';

interface LossRow {
  readonly kind: LossKind;
  readonly takes?: Takes;
  readonly focal?: true;
}

const OTHER: LossRow = { kind: 'other' };

/** Losses by their module. */
const LOSSES: Readonly<Record<string, LossRow>> = {
  CrossEntropyLoss: { kind: 'crossEntropy', takes: 'logits' },
  NLLLoss: { kind: 'crossEntropy', takes: 'logProbabilities' },
  BCEWithLogitsLoss: { kind: 'binaryCrossEntropy', takes: 'logits' },
  MultiLabelSoftMarginLoss: { kind: 'binaryCrossEntropy', takes: 'logits' },
  BCELoss: { kind: 'binaryCrossEntropy', takes: 'probabilities' },
  MSELoss: { kind: 'squaredError' },
  L1Loss: { kind: 'absoluteError' },
  SmoothL1Loss: { kind: 'huber' },
  HuberLoss: { kind: 'huber' },
  KLDivLoss: OTHER,
  HingeEmbeddingLoss: OTHER,
  CTCLoss: OTHER,
  PoissonNLLLoss: OTHER,
  GaussianNLLLoss: OTHER,
  TripletMarginLoss: OTHER,
  CosineEmbeddingLoss: OTHER,
  MarginRankingLoss: OTHER,
  MultiMarginLoss: OTHER,
  MultiLabelMarginLoss: OTHER,
  SoftMarginLoss: OTHER,
  TripletMarginWithDistanceLoss: OTHER,
};

const FUNCTIONAL: Readonly<Record<string, string>> = {
  cross_entropy: 'CrossEntropyLoss',
  nll_loss: 'NLLLoss',
  binary_cross_entropy_with_logits: 'BCEWithLogitsLoss',
  multilabel_soft_margin_loss: 'MultiLabelSoftMarginLoss',
  binary_cross_entropy: 'BCELoss',
  mse_loss: 'MSELoss',
  l1_loss: 'L1Loss',
  smooth_l1_loss: 'SmoothL1Loss',
  huber_loss: 'HuberLoss',
  kl_div: 'KLDivLoss',
};

const lossAt = (name: string, row: LossRow, site: CallSite): Omit<Loss, 'on'> => ({ name, ...row, span: site.nameSpan, call: site.span });

const lossValue = (name: string, args: Args, site: CallSite, interp: Interpreter): Value =>
  opaqueCall({ kind: 'unknown', reason: 'a loss', path: name }, args, site, interp) ?? { kind: 'unknown', reason: 'a loss' };

const predictionIn = (args: Args): Value | undefined =>
  args.positional[0] ?? args.keywords.get('input') ?? args.keywords.get('inputs') ?? args.keywords.get('logits');

const record = (name: string, row: LossRow, args: Args, site: CallSite, interp: Interpreter): void => {
  recordLoss(torchState(interp).graph, lossAt(name, row, site), predictionIn(args), args.positional[1] ?? args.keywords.get('target'));
};

export const LOSS_CLASSES: ReadonlyMap<string, ClassValue> = new Map(
  Object.entries(LOSSES).map(([name, row]) => [
    name,
    nativeClass(`torch.nn.${name}`, [MODULE], {
      __init__: (args, site, interp) => {
        const self = args.positional[0];
        record(name, row, NO_ARGS, (self?.kind === 'instance' ? self.site : null) ?? site, interp);
        return NONE;
      },
      forward: (args, site, interp) => {
        const self = args.positional[0];
        const made = (self?.kind === 'instance' ? self.site : null) ?? site;
        const given = { ...args, positional: args.positional.slice(1) };
        record(name, row, given, made, interp);
        return lossValue(name, given, site, interp);
      },
    }),
  ]),
);

/** A loss is a module of torch and no model. */
export const isLoss = (module: InstanceValue): boolean => module.cls.mro.some((cls) => LOSS_CLASSES.get(cls.name) === cls);

/** A function that computes a loss over its first argument. */
export const lossFunction = (name: string, title: string, row: LossRow): NativeFunction =>
  native(name, (args, site, interp) => {
    record(title, row, args, site, interp);
    return lossValue(name, args, site, interp);
  });

export const LOSS_FUNCTIONS: Readonly<Record<string, NativeFunction>> = Object.fromEntries(
  Object.entries(FUNCTIONAL).map(([fn, name]) => [fn, lossFunction(fn, name, LOSSES[name] ?? OTHER)]),
);

/** Learning rates of those who give none. */
const RATES: Readonly<Record<string, number | undefined>> = {
  SGD: 1e-3,
  Adam: 1e-3,
  AdamW: 1e-3,
  RMSprop: 1e-2,
  Adagrad: 1e-2,
  Adadelta: 1,
  Adamax: 2e-3,
  NAdam: 2e-3,
  RAdam: 1e-3,
};

/** The weights in what an optimizer is given: a list of parameters, or of groups of them. */
const storagesIn = (interp: Interpreter, params: Value | undefined, depth = 0): Storage[] => {
  if (!params || depth > 3) return [];
  const own = tensorData(params)?.storage;
  if (own) return [own];
  if (params.kind === 'dict') return storagesIn(interp, params.entries.get('sparams')?.value, depth + 1);
  return (interp.iterate(params) ?? []).flatMap((item) => storagesIn(interp, item, depth + 1));
};

const SIGNATURES: Readonly<Record<string, string>> = {
  SGD: 'params, lr=0.001, momentum=0',
  RMSprop: 'params, lr=None, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0',
};

export const OPTIMIZERS: ReadonlyMap<string, ClassValue> = new Map(
  [...Object.keys(RATES), 'LBFGS', 'SparseAdam', 'Rprop'].map((name) => [
    name,
    nativeClass(`torch.optim.${name}`, [], {
      __init__: (args, callSite, interp) => {
        const self = args.positional[0];
        const site = (self?.kind === 'instance' ? self.site : null) ?? callSite;
        const bound = bind(SIGNATURES[name] ?? 'params, lr=None', args, 1);
        const learningRate = bound.has('lr') ? asScalar(bound.get('lr')) : args.open ? undefined : RATES[name];
        const momentum = args.open ? undefined : asNumber(bound.get('momentum'));
        const key = bound.key('lr');
        const rateSpan = key === undefined ? undefined : site.argSpans.get(key);
        torchState(interp).graph.training.optimizers.push({
          optimizer: {
            name,
            span: site.nameSpan,
            call: site.span,
            ...(learningRate === undefined ? {} : { learningRate }),
            ...(rateSpan ? { rateSpan } : {}),
            ...(momentum === undefined ? {} : { momentum }),
          },
          model: null,
          storages: storagesIn(interp, bound.get('params')),
        });
        return NONE;
      },
      step: () => NONE,
      zero_grad: () => NONE,
    }),
  ]),
);
