/** Losses and optimizers of optax, `TrainState` and `nnx.Optimizer`, and the transformations that training functions go through. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar, bind, native, nativeClass } from '../../interpreter/native.ts';
import type { Args, CallSite, ClassValue, InstanceValue, NativeCall, NativeFunction, Value } from '../../interpreter/values.ts';
import { NONE, tuple, unknown } from '../../interpreter/values.ts';
import type { Loss, Optimizer } from '../../network/training.ts';
import { emitNode } from '../shared/graph.ts';
import { opaqueCall } from '../shared/opaque.ts';
import { activation, wrap } from '../shared/tensor.ts';
import { recordLoss, recordOutputs } from '../shared/training.ts';
import { flaxState, LINEN } from './state.ts';

// ── losses ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const LOSSES: Readonly<Record<string, Omit<Loss, 'on' | 'span' | 'name'>>> = {
  softmax_cross_entropy: { kind: 'crossEntropy', takes: 'logits' },
  softmax_cross_entropy_with_integer_labels: { kind: 'crossEntropy', takes: 'logits' },
  sigmoid_binary_cross_entropy: { kind: 'binaryCrossEntropy', takes: 'logits' },
  sigmoid_focal_loss: { kind: 'binaryCrossEntropy', takes: 'logits', focal: true },
  l2_loss: { kind: 'squaredError' },
  squared_error: { kind: 'squaredError' },
  huber_loss: { kind: 'huber' },
};

const lossFunction = (name: string, loss: Omit<Loss, 'on' | 'span' | 'name'>): NativeFunction =>
  native(
    name,
    (args, site, interp) => {
      const prediction = args.positional[0] ?? args.keywords.get('logits') ?? args.keywords.get('predictions');
      recordLoss(
        flaxState(interp).graph,
        { name, ...loss, span: site.nameSpan, call: site.span },
        prediction,
        args.positional[1] ?? args.keywords.get('targets'),
      );
      return opaqueCall({ ...unknown('a loss'), path: name }, args, site, interp) ?? unknown('a loss', site.span);
    },
    'static',
  );

// ── optimizers ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const NAMES: Readonly<Record<string, string>> = {
  sgd: 'SGD',
  adam: 'Adam',
  adamw: 'AdamW',
  adamax: 'Adamax',
  nadam: 'NAdam',
  nadamw: 'NAdam',
  radam: 'RAdam',
  rmsprop: 'RMSprop',
  adagrad: 'Adagrad',
  adadelta: 'Adadelta',
  lion: 'Lion',
  lamb: 'LAMB',
};

interface Transformation {
  readonly kind: 'optimizer';
  readonly optimizer: Optimizer;
}

const TRANSFORMATION: ClassValue = nativeClass('optax.GradientTransformation', [], {
  init: (_args, site) => unknown('the state of an optimizer', site.span),
  update: (_args, site) => tuple([unknown('updates', site.span), unknown('the state of an optimizer', site.span)]),
});

const optimizerIn = (value: Value | undefined): Optimizer | undefined => {
  if (value?.kind !== 'instance') return undefined;
  const data = value.data as Transformation | undefined | null;
  return data && typeof data === 'object' && data.kind === 'optimizer' ? data.optimizer : undefined;
};

const optimizerFunction = (name: string): NativeFunction =>
  native(
    name,
    (args, site, interp) => {
      const bound = bind(name === 'sgd' ? 'learning_rate, momentum=0' : 'learning_rate', args);
      const learningRate = asScalar(bound.get('learning_rate'));
      // optax's default is None.
      const given = bound.get('momentum');
      const momentum = args.open ? undefined : given?.kind === 'none' ? 0 : asNumber(given);
      const key = bound.key('learning_rate');
      const rateSpan = key === undefined ? undefined : site.argSpans.get(key);
      const optimizer: Optimizer = {
        name: NAMES[name] ?? name,
        span: site.nameSpan,
        call: site.span,
        ...(learningRate === undefined ? {} : { learningRate }),
        ...(rateSpan ? { rateSpan } : {}),
        ...(momentum === undefined ? {} : { momentum }),
      };
      flaxState(interp).graph.training.optimizers.push({ optimizer, model: null });
      return interp.newInstance(TRANSFORMATION, { kind: 'optimizer', optimizer } satisfies Transformation, site);
    },
    'static',
  );

/** What changes the size of gradients and adds none of them up. */
const PLAIN: readonly string[] = [
  'clip',
  'clip_by_global_norm',
  'clip_by_block_rms',
  'adaptive_grad_clip',
  'add_decayed_weights',
  'zero_nans',
];

const PLAIN_STEP = { kind: 'plain' } as const;

/** `optax.chain(clip, adam(…))` is the optimizer in it; beside a step that is not known (`optax.trace`) its momentum is not either. */
const chain: NativeCall = (args, site, interp) => {
  const found = args.positional.findLast((one) => optimizerIn(one));
  const optimizer = optimizerIn(found);
  if (!found || !optimizer) return unknown('optax.chain', site.span);
  if (!args.open && args.positional.every((one) => one === found || (one.kind === 'instance' && one.data === PLAIN_STEP))) return found;
  const { momentum: _momentum, ...other } = optimizer;
  const { optimizers } = flaxState(interp).graph.training;
  for (const [i, seen] of optimizers.entries()) if (seen.optimizer === optimizer) optimizers[i] = { ...seen, optimizer: other };
  return interp.newInstance(TRANSFORMATION, { kind: 'optimizer', optimizer: other } satisfies Transformation, site);
};

export const OPTAX: ReadonlyMap<string, Value> = new Map<string, Value>([
  ...Object.entries(LOSSES).map(([name, loss]): [string, Value] => [name, lossFunction(name, loss)]),
  ...Object.keys(NAMES).map((name): [string, Value] => [name, optimizerFunction(name)]),
  ['chain', native('chain', chain, 'static')],
  ...PLAIN.map((name): [string, Value] => [
    name,
    native(name, (_, site, interp) => interp.newInstance(TRANSFORMATION, PLAIN_STEP, site), 'static'),
  ]),
  ['GradientTransformation', TRANSFORMATION],
]);

// ── states ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const assign = (model: Value | undefined, tx: Value | undefined, interp: Interpreter): void => {
  const optimizer = optimizerIn(tx);
  if (optimizer && model?.kind === 'instance') flaxState(interp).graph.training.optimizers.push({ optimizer, model });
};

/** `flax.training.train_state.TrainState`: what `create` is given, under the same names. */
export const TRAIN_STATE: ClassValue = nativeClass('flax.training.train_state.TrainState', [], {
  create: native(
    'create',
    (args, site, interp) => {
      const [cls] = args.positional;
      const state = interp.newInstance(cls?.kind === 'class' ? cls : TRAIN_STATE, undefined, site);
      for (const [name, value] of args.keywords) interp.storeAttr(state, name, value);
      const apply = args.keywords.get('apply_fn');
      assign(apply?.kind === 'bound' ? apply.self : undefined, args.keywords.get('tx'), interp);
      return state;
    },
    'class',
  ),
  apply_gradients: (args) => args.positional[0] ?? NONE,
  replace: (args) => args.positional[0] ?? NONE,
});

/** `nnx.Optimizer(model, tx)` */
export const NNX_OPTIMIZER: ClassValue = nativeClass('flax.nnx.Optimizer', [], {
  __init__: (args, _site, interp) => {
    const [self, model, tx] = args.positional;
    assign(model ?? args.keywords.get('model'), tx ?? args.keywords.get('tx'), interp);
    if (self?.kind === 'instance' && model) interp.storeAttr(self, 'model', model);
    return NONE;
  },
  update: () => NONE,
});

/** What a training function that asks for a `state` is given of a model: its functions without its parameters. */
export const stateOf = (model: InstanceValue, interp: Interpreter): Value | undefined => {
  if (!model.cls.mro.includes(LINEN)) return undefined;
  const apply = interp.findAttr(model, 'apply');
  const state = interp.newInstance(TRAIN_STATE, undefined, null);
  if (apply) interp.storeAttr(state, 'apply_fn', apply);
  interp.storeAttr(state, 'params', unknown('the parameters of a model'));
  return state;
};

// ── what a model gives ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** `model.apply(variables, x)` outside the model: its output, of which a trace says how it is computed. */
export const applied = (model: InstanceValue, args: Args, site: CallSite, interp: Interpreter): Value => {
  if (args.keywords.has('method')) return unknown('the output of a model', site.span);
  const { graph } = flaxState(interp);
  const op = { kind: 'opaque', what: 'apply', reason: 'a call from outside' } as const;
  const node = emitNode(graph, { op, inputs: [], label: 'apply', span: site.span, nameSpan: site.nameSpan });
  recordOutputs(graph, model, [node]);
  const output = wrap(interp, activation(graph, node), site);
  const mutable = args.keywords.get('mutable');
  return mutable && !(mutable.kind === 'bool' && !mutable.value) ? tuple([output, unknown('what the call changed')]) : output;
};

const grad = (name: string, withValue: boolean): NativeFunction =>
  native(
    name,
    (options) => {
      const [fn] = options.positional;
      const aux = options.keywords.get('has_aux');
      const hasAux = aux?.kind === 'bool' && aux.value;
      const differentiate = (of: Value): Value =>
        native(
          name,
          (args, site, interp) => {
            const value = interp.call(of, args, site);
            const gradient = unknown('a gradient', site.span);
            if (withValue) return tuple([value, gradient]);
            return hasAux ? tuple([gradient, value.kind === 'tuple' ? (value.items[1] ?? NONE) : unknown('beside a loss')]) : gradient;
          },
          'static',
        );
      return fn ? differentiate(fn) : native(name, (inner) => differentiate(inner.positional[0] ?? NONE), 'static');
    },
    'static',
  );

export const GRADIENTS: ReadonlyMap<string, Value> = new Map([
  ['grad', grad('grad', false)],
  ['value_and_grad', grad('value_and_grad', true)],
]);
