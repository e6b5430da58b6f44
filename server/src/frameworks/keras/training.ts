/** Losses and optimizers of Keras, of TensorFlow 1 and of TensorFlow.js, by the one name that they all derive from. */
import type { Interpreter } from '../../interpreter/api.ts';
import { asNumber, asScalar, asString, bind, native, nativeClass } from '../../interpreter/native.ts';
import type { Args, CallSite, ClassValue, InstanceValue, NativeCall, NativeFunction, Value } from '../../interpreter/values.ts';
import { NONE, unknown } from '../../interpreter/values.ts';
import type { Loss, LossKind, Optimizer, Takes } from '../../network/training.ts';
import type { Span } from '../../text/span.ts';
import { activationsIn, opaqueCall } from '../shared/opaque.ts';
import { recordLoss } from '../shared/training.ts';
import { kerasState, layerData } from './state.ts';

// ── losses ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface LossRow {
  readonly kind: LossKind;
  /** 'flag': probabilities, or logits where `from_logits` says so. */
  readonly takes?: Takes | 'flag';
  readonly focal?: true;
}

/** By their names in small letters alone. */
const LOSSES: Readonly<Record<string, LossRow | undefined>> = {
  binarycrossentropy: { kind: 'binaryCrossEntropy', takes: 'flag' },
  binaryfocalcrossentropy: { kind: 'binaryCrossEntropy', takes: 'flag', focal: true },
  categoricalcrossentropy: { kind: 'crossEntropy', takes: 'flag' },
  categoricalfocalcrossentropy: { kind: 'crossEntropy', takes: 'flag', focal: true },
  sparsecategoricalcrossentropy: { kind: 'crossEntropy', takes: 'flag' },
  meansquarederror: { kind: 'squaredError' },
  meanabsoluteerror: { kind: 'absoluteError' },
  huber: { kind: 'huber' },
  huberloss: { kind: 'huber' },
  logcosh: { kind: 'huber' },
  // TensorFlow 1 and TensorFlow.js
  softmaxcrossentropy: { kind: 'crossEntropy', takes: 'logits' },
  sparsesoftmaxcrossentropy: { kind: 'crossEntropy', takes: 'logits' },
  sigmoidcrossentropy: { kind: 'binaryCrossEntropy', takes: 'logits' },
  softmaxcrossentropywithlogits: { kind: 'crossEntropy', takes: 'logits' },
  softmaxcrossentropywithlogitsv2: { kind: 'crossEntropy', takes: 'logits' },
  sparsesoftmaxcrossentropywithlogits: { kind: 'crossEntropy', takes: 'logits' },
  sigmoidcrossentropywithlogits: { kind: 'binaryCrossEntropy', takes: 'logits' },
};

/** 'categorical_crossentropy' → 'CategoricalCrossentropy' */
const camelCase = (name: string): string =>
  name
    .split('_')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');

const SHORT: Readonly<Record<string, string>> = {
  mse: 'MeanSquaredError',
  mae: 'MeanAbsoluteError',
  mape: 'MeanAbsolutePercentageError',
  bce: 'BinaryCrossentropy',
};

const rowOf = (name: string): LossRow => LOSSES[name.toLowerCase().replaceAll('_', '')] ?? { kind: 'other' };

/** What a loss takes, where the flag is given or left at its default. */
const takesOf = ({ takes }: LossRow, args: Args, position: number | null): Takes | undefined => {
  if (takes !== 'flag') return takes;
  if (args.open) return undefined;
  const flag =
    args.keywords.get('from_logits') ?? args.keywords.get('fromLogits') ?? (position === null ? undefined : args.positional[position]);
  if (flag && flag.kind !== 'bool') return undefined;
  return flag?.value ? 'logits' : 'probabilities';
};

const lossNamed = (written: string, at: Place, args: Args = NOTHING, position: number | null = null): Omit<Loss, 'on'> => {
  const name = SHORT[written.toLowerCase()] ?? camelCase(written);
  const row = rowOf(name);
  const takes = takesOf(row, args, position);
  return { name, kind: row.kind, ...(takes ? { takes } : {}), ...(row.focal ? { focal: true as const } : {}), ...at };
};

/** Where a name stands, and the call whose it is. */
interface Place {
  readonly span: Span;
  readonly call?: Span;
}

const placeOf = (site: CallSite): Place => ({ span: site.nameSpan, call: site.span });

const NOTHING: Args = { positional: [], keywords: new Map(), open: false };

// ── objects ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** An instance of a loss, optimizer or metric class: its name and arguments. */
interface Described {
  readonly kind: 'described';
  readonly name: string;
  readonly args: Args;
}

const describedBy = (value: Value | undefined): { readonly described: Described; readonly site: CallSite | null } | undefined => {
  if (value?.kind !== 'instance') return undefined;
  const data = value.data as Described | undefined | null;
  return data && typeof data === 'object' && data.kind === 'described' ? { described: data, site: value.site } : undefined;
};

const withoutFirst = (args: Args): Args => ({ ...args, positional: args.positional.slice(1) });

/** A class that remembers its arguments. */
export const describedClass = (path: string): ClassValue => {
  const cls: ClassValue = nativeClass(path, [], {
    __init__: (args) => {
      const [instance] = args.positional;
      if (instance?.kind === 'instance')
        instance.data = { kind: 'described', name: cls.name, args: withoutFirst(args) } satisfies Described;
      return NONE;
    },
  });
  return cls;
};

const predictionIn = (args: Args): Value | undefined => {
  for (const name of ['y_pred', 'yPred', 'logits', 'predictions', 'output']) {
    const given = args.keywords.get(name);
    if (given) return given;
  }
  return args.positional[1];
};

const lossValue = (name: string, args: Args, site: CallSite, interp: Interpreter): Value =>
  opaqueCall({ kind: 'unknown', reason: 'a loss', path: name }, args, site, interp) ?? unknown('a loss', site.span);

const targetIn = (args: Args): Value | undefined => args.keywords.get('y_true') ?? args.keywords.get('labels') ?? args.positional[0];

/** `loss_fn = keras.losses.X(…)`, called as `loss_fn(y, model(x))`. */
export const lossClass = (path: string): ClassValue => {
  const cls = describedClass(path);
  const call: NativeCall = (args, site, interp) => {
    const found = describedBy(args.positional[0]);
    const given = withoutFirst(args);
    if (found) {
      const { described, site: made } = found;
      recordLoss(
        kerasState(interp).graph,
        lossNamed(described.name, placeOf(made ?? site), described.args, 0),
        predictionIn(given),
        targetIn(given),
      );
    }
    return lossValue(cls.name, given, site, interp);
  };
  cls.attrs.set('__call__', native('__call__', call));
  cls.attrs.set('call', native('call', call));
  return cls;
};

/** `keras.losses.binary_crossentropy(y, p)`, `tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=z)` */
export const lossFunction = (name: string): NativeFunction =>
  native(
    name,
    (args, site, interp) => {
      recordLoss(kerasState(interp).graph, lossNamed(name, placeOf(site), args), predictionIn(args), targetIn(args));
      return lossValue(name, args, site, interp);
    },
    'static',
  );

export const isLossName = (name: string): boolean => LOSSES[name.toLowerCase().replaceAll('_', '')] !== undefined;

const lossOf = (value: Value, written: Span): Omit<Loss, 'on'> | undefined => {
  if (value.kind === 'string') return lossNamed(value.value, { span: written });
  if (value.kind === 'native') return lossNamed(value.name, { span: written });
  const found = describedBy(value);
  return found && lossNamed(found.described.name, found.site ? placeOf(found.site) : { span: written }, found.described.args, 0);
};

// ── optimizers ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface OptimizerRow {
  readonly name: string;
  readonly rate?: number;
  /** Arguments in order. */
  readonly signature: string;
}

const RATES: Readonly<Record<string, number>> = {
  SGD: 0.01,
  Adam: 0.001,
  AdamW: 0.001,
  RMSprop: 0.001,
  Adagrad: 0.001,
  Adadelta: 0.001,
  Adamax: 0.001,
  Nadam: 0.001,
  Ftrl: 0.001,
  Lion: 0.001,
};

/** Optimizers of TensorFlow 1, whose learning rate must be given. */
const FIRST: Readonly<Record<string, string>> = {
  GradientDescentOptimizer: 'SGD',
  MomentumOptimizer: 'SGD',
  AdamOptimizer: 'Adam',
  RMSPropOptimizer: 'RMSprop',
  AdagradOptimizer: 'Adagrad',
  AdadeltaOptimizer: 'Adadelta',
};

const optimizerRow = (written: string): OptimizerRow => {
  const first = FIRST[written];
  if (first !== undefined)
    return {
      name: first,
      signature:
        written === 'MomentumOptimizer' ? 'learning_rate, momentum' : first === 'SGD' ? 'learning_rate, momentum=0' : 'learning_rate',
      ...(first === 'Adam' ? { rate: 0.001 } : {}),
    };
  const name = Object.keys(RATES).find((known) => known.toLowerCase() === written.toLowerCase()) ?? camelCase(written);
  const rate = RATES[name];
  return {
    name,
    signature: name === 'SGD' ? 'learning_rate=None, momentum=0' : 'learning_rate=None',
    ...(rate === undefined ? {} : { rate }),
  };
};

const describeOptimizer = (written: string, args: Args, site: CallSite | null, span: Span): Optimizer => {
  const { name, rate, signature } = optimizerRow(written);
  const lr = args.keywords.get('lr');
  const bound = bind(`${signature}, **kwargs`, lr ? { ...args, keywords: new Map([...args.keywords, ['learning_rate', lr]]) } : args);
  const learningRate = bound.has('learning_rate') ? asScalar(bound.get('learning_rate')) : args.open ? undefined : rate;
  const momentum = args.open ? undefined : asNumber(bound.get('momentum') ?? bound.extra.get('momentum'));
  const key = lr ? 'lr' : bound.key('learning_rate');
  const rateSpan = key === undefined ? undefined : site?.argSpans.get(key);
  return {
    name,
    span,
    ...(site ? { call: site.span } : {}),
    ...(learningRate === undefined ? {} : { learningRate }),
    ...(rateSpan ? { rateSpan } : {}),
    ...(momentum === undefined ? {} : { momentum }),
  };
};

const optimizerOf = (value: Value | undefined, written: Span): Optimizer | undefined => {
  if (!value) return undefined;
  if (value.kind === 'string') return describeOptimizer(value.value, NOTHING, null, written);
  const found = describedBy(value);
  return found && describeOptimizer(found.described.name, found.described.args, found.site, found.site?.nameSpan ?? written);
};

/** An optimizer that a training loop of the program's own uses, unless a model is compiled with it. */
export const optimizerClass = (path: string): ClassValue => {
  const cls = describedClass(path);
  const init = cls.attrs.get('__init__');
  const made: NativeCall = (args, site, interp) => {
    const [self] = args.positional;
    if (init?.kind === 'native') init.call(args, site, interp);
    const at = (self?.kind === 'instance' ? self.site : null) ?? site;
    kerasState(interp).graph.training.optimizers.push({
      optimizer: describeOptimizer(cls.name, withoutFirst(args), at, at.nameSpan),
      model: null,
    });
    return NONE;
  };
  cls.attrs.set('__init__', native('__init__', made));
  return cls;
};

// ── compile ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const isAccuracy = (value: Value | undefined): boolean =>
  /^(acc|.*accuracy)$/i.test(asString(value)?.replaceAll('_', '') ?? describedBy(value)?.described.name ?? '');

const itemsOf = (value: Value | undefined): readonly Value[] =>
  value?.kind === 'list' || value?.kind === 'tuple' ? value.items : value ? [value] : [];

/** The layer that an output comes from, a bare activation behind it left aside: outputs go by the names of their layers. */
const nameOfOutput = (value: Value, interp: Interpreter): string | undefined => {
  const { graph, owners } = kerasState(interp);
  let node = graph.nodes[activationsIn(value)[0]?.node ?? -1];
  if (node && (node.op.kind === 'activation' || node.op.kind === 'softmax')) node = graph.nodes[node.inputs[0] ?? -1];
  const storage = node?.params[0]?.storage;
  const owner = storage && owners.get(storage)?.owner;
  return owner && (layerData(owner)?.givenName ?? undefined);
};

/** One loss for all, one for each output in order, or one for each by name. */
const lossesByOutput = (
  given: Value | undefined,
  model: InstanceValue,
  interp: Interpreter,
): readonly { readonly value: Value; readonly output?: number }[] => {
  if (given?.kind !== 'dict') return itemsOf(given).map((value, output, { length }) => (length > 1 ? { value, output } : { value }));
  const outputs = layerData(model)?.functional?.outputs.map((output) => nameOfOutput(output, interp)) ?? [];
  return [...given.entries.values()].flatMap(({ key, value }) => {
    const name = asString(key);
    const output = name === undefined ? -1 : outputs.indexOf(name);
    return output < 0 ? [] : [{ value, output }];
  });
};

export const compileModel = (model: InstanceValue, args: Args, site: CallSite, interp: Interpreter): void => {
  const { training } = kerasState(interp).graph;
  const bound = bind("optimizer='rmsprop', loss=None, metrics=None, *args, **kwargs", args, 1);
  const at = (name: string): Span => {
    const key = bound.key(name);
    return (key === undefined ? undefined : site.argSpans.get(key)) ?? site.nameSpan;
  };
  for (const { value, output } of lossesByOutput(bound.get('loss'), model, interp)) {
    const loss = lossOf(value, at('loss'));
    if (loss) training.losses.push({ loss, on: output === undefined ? { model } : { model, output } });
  }
  const optimizer = optimizerOf(bound.get('optimizer'), at('optimizer'));
  if (optimizer) training.optimizers.push({ optimizer, model });
  if (itemsOf(bound.get('metrics')).some(isAccuracy)) training.classifiers.add(model);
};
