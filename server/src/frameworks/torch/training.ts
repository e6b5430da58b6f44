/** Losses and optimizers: what they are and which model they train. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asScalar, bind, native, nativeClass } from '../../interpreter/native.ts';
import type { Args, CallSite, ClassValue, InstanceValue, NativeFunction, Value } from '../../interpreter/values.ts';
import { NONE, tuple } from '../../interpreter/values.ts';
import type { Training } from '../../network/network.ts';
import { activationsIn, opaqueCall } from '../shared/opaque.ts';
import { tensorData } from '../shared/tensor.ts';
import { isModule, namedParameters } from './module.ts';
import { MODULE, type TorchState, torchState } from './state.ts';

/** Losses by their module; whether they take logits. */
const LOSSES: Readonly<Record<string, boolean | undefined>> = {
  CrossEntropyLoss: true,
  BCEWithLogitsLoss: true,
  MultiLabelSoftMarginLoss: true,
  NLLLoss: false,
  BCELoss: false,
  MSELoss: undefined,
  L1Loss: undefined,
  SmoothL1Loss: undefined,
  HuberLoss: undefined,
  KLDivLoss: undefined,
  HingeEmbeddingLoss: undefined,
  CTCLoss: undefined,
  PoissonNLLLoss: undefined,
  GaussianNLLLoss: undefined,
  TripletMarginLoss: undefined,
  CosineEmbeddingLoss: undefined,
  MarginRankingLoss: undefined,
  MultiMarginLoss: undefined,
  MultiLabelMarginLoss: undefined,
  SoftMarginLoss: undefined,
  TripletMarginWithDistanceLoss: undefined,
};

const FUNCTIONAL: Readonly<Record<string, string>> = {
  cross_entropy: 'CrossEntropyLoss',
  binary_cross_entropy_with_logits: 'BCEWithLogitsLoss',
  nll_loss: 'NLLLoss',
  binary_cross_entropy: 'BCELoss',
  mse_loss: 'MSELoss',
  l1_loss: 'L1Loss',
  smooth_l1_loss: 'SmoothL1Loss',
  huber_loss: 'HuberLoss',
  kl_div: 'KLDivLoss',
};

const lossOf = (name: string, site: CallSite): NonNullable<Training['loss']> => {
  const fromLogits = LOSSES[name];
  return { name, span: site.nameSpan, ...(fromLogits === undefined ? {} : { fromLogits }) };
};

/** The model whose output an argument is. */
const producerOf = (state: TorchState, args: Args): InstanceValue | null => {
  for (const data of activationsIn(tuple(args.positional))) {
    const producer = data.node === null ? undefined : state.producers.get(data.node);
    if (producer) return producer;
  }
  return null;
};

const record = (interp: Interpreter, name: string, args: Args, site: CallSite): void => {
  const state = torchState(interp);
  state.losses.push({ loss: lossOf(name, site), model: producerOf(state, args) });
};

export const LOSS_CLASSES: ReadonlyMap<string, ClassValue> = new Map(
  Object.keys(LOSSES).map((name) => [
    name,
    nativeClass(`torch.nn.${name}`, [MODULE], {
      __init__: (args, site, interp) => {
        const self = args.positional[0];
        record(
          interp,
          name,
          { positional: [], keywords: new Map(), open: false },
          self?.kind === 'instance' && self.site ? self.site : site,
        );
        return NONE;
      },
      forward: (args, site, interp) => {
        const self = args.positional[0];
        const made = self?.kind === 'instance' && self.site ? self.site : site;
        record(interp, name, args, made);
        return opaqueCall({ kind: 'unknown', reason: 'a loss', path: name }, args, site, interp) ?? { kind: 'unknown', reason: 'a loss' };
      },
    }),
  ]),
);

/** A loss is a module of torch and no model. */
export const isLoss = (module: InstanceValue): boolean => module.cls.mro.some((cls) => LOSS_CLASSES.get(cls.name) === cls);

export const LOSS_FUNCTIONS: Readonly<Record<string, NativeFunction>> = Object.fromEntries(
  Object.entries(FUNCTIONAL).map(([fn, name]) => [
    fn,
    native(fn, (args, site, interp) => {
      record(interp, name, args, site);
      return opaqueCall({ kind: 'unknown', reason: 'a loss', path: fn }, args, site, interp) ?? { kind: 'unknown', reason: 'a loss' };
    }),
  ]),
);

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

/** The model that a list of parameters belongs to. */
const ownerOf = (interp: Interpreter, params: Value | undefined): InstanceValue | null => {
  if (!params) return null;
  const direct = torchState(interp).owners.get(params);
  if (direct) return direct;
  const items = params.kind === 'list' || params.kind === 'tuple' ? params.items : [];
  for (const item of items) {
    if (item.kind === 'dict') {
      const owner = ownerOf(interp, item.entries.get('sparams')?.value);
      if (owner) return owner;
    }
    const storage = tensorData(item)?.storage;
    if (!storage) continue;
    for (const model of torchState(interp).owners.values()) if (namedParameters(model).some(([, , s]) => s === storage)) return model;
  }
  return null;
};

export const OPTIMIZERS: ReadonlyMap<string, ClassValue> = new Map(
  [...Object.keys(RATES), 'LBFGS', 'SparseAdam', 'Rprop'].map((name) => [
    name,
    nativeClass(`torch.optim.${name}`, [], {
      __init__: (args, callSite, interp) => {
        const self = args.positional[0];
        const site = self?.kind === 'instance' && self.site ? self.site : callSite;
        const bound = bind(name === 'SGD' ? 'params, lr=0.001, momentum=0' : 'params, lr=None', args, 1);
        const learningRate = asScalar(bound.get('lr')) ?? (bound.has('lr') ? undefined : RATES[name]);
        const momentum = name === 'SGD' ? asScalar(bound.get('momentum')) : undefined;
        torchState(interp).optimizers.push({
          optimizer: {
            name,
            span: site.nameSpan,
            ...(learningRate === undefined ? {} : { learningRate }),
            ...(momentum === undefined ? {} : { momentum }),
          },
          model: ownerOf(interp, bound.get('params')),
        });
        return NONE;
      },
      step: () => NONE,
      zero_grad: () => NONE,
    }),
  ]),
);

/** What trains a model: what was linked to it, else the only one of the file. */
export const trainingOf = (interp: Interpreter, model: InstanceValue): Training => {
  const state = torchState(interp);
  const holds = (other: InstanceValue | null): boolean => other === model || (other !== null && isModule(other) && other.cls === model.cls);
  const losses = new Map(state.losses.map((l) => [l.loss.name, l.loss]));
  const optimizers = new Map(state.optimizers.map((o) => [o.optimizer.name, o.optimizer]));
  const loss = state.losses.find((l) => holds(l.model))?.loss ?? (losses.size === 1 ? [...losses.values()][0] : undefined);
  const optimizer =
    state.optimizers.find((o) => holds(o.model))?.optimizer ?? (optimizers.size === 1 ? [...optimizers.values()][0] : undefined);
  return { ...(loss ? { loss } : {}), ...(optimizer ? { optimizer } : {}) };
};
