/** Layer calls spelled as Keras 1 and 2 had them, brought to the signatures of Keras 3: names, order, kernels in parts. */
import { signature } from '../../interpreter/native.ts';
import type { Args, CallSite, Value } from '../../interpreter/values.ts';
import { bool, str, tuple } from '../../interpreter/values.ts';
import type { Span } from '../../text/span.ts';
import type { LayerRow } from './layers/row.ts';

/** Old names of arguments and the new ones that may stand for them; the first that the layer has counts. */
const RENAMED: Readonly<Record<string, readonly string[]>> = {
  output_dim: ['units'],
  nb_filter: ['filters'],
  filter_length: ['kernel_size'],
  subsample: ['strides'],
  subsample_length: ['strides'],
  stride: ['strides'],
  pool_length: ['pool_size'],
  length: ['size'],
  border_mode: ['padding'],
  init: ['kernel_initializer', 'embeddings_initializer', 'alpha_initializer', 'pointwise_initializer'],
  inner_init: ['recurrent_initializer'],
  beta_init: ['beta_initializer'],
  gamma_init: ['gamma_initializer'],
  bias: ['use_bias'],
  p: ['rate'],
  atrous_rate: ['dilation_rate'],
  inner_activation: ['recurrent_activation'],
  concat_axis: ['axis'],
};

/** Arguments that only Keras 1 has and that change nothing here. */
const KERAS_1 = /^([Wb]_(regularizer|constraint)|dropout_[WU]|U_regularizer|dim_ordering|nb_(row|col)|kernel_dim[123]|forget_bias_init)$/;

const PARTS: readonly (readonly string[])[] = [
  ['nb_row', 'nb_col'],
  ['kernel_dim1', 'kernel_dim2', 'kernel_dim3'],
];

const AFTER_KERNEL = ['init', 'activation', 'weights', 'border_mode', 'subsample', 'dim_ordering'];

/** Positional order in Keras 1 where it is not today's. */
const ORDER: Readonly<Record<string, readonly string[]>> = {
  Dense: ['output_dim', 'init', 'activation', 'weights'],
  Conv1D: ['nb_filter', 'filter_length', 'init', 'activation', 'weights', 'border_mode', 'subsample_length'],
  Conv2D: ['nb_filter', 'nb_row', 'nb_col', ...AFTER_KERNEL],
  SeparableConv2D: ['nb_filter', 'nb_row', 'nb_col', ...AFTER_KERNEL],
  LocallyConnected2D: ['nb_filter', 'nb_row', 'nb_col', ...AFTER_KERNEL],
  Conv2DTranspose: ['nb_filter', 'nb_row', 'nb_col', 'output_shape', ...AFTER_KERNEL],
  Conv3D: ['nb_filter', 'kernel_dim1', 'kernel_dim2', 'kernel_dim3', ...AFTER_KERNEL],
  Embedding: ['input_dim', 'output_dim', 'init', 'input_length'],
  SimpleRNN: ['output_dim', 'init', 'inner_init', 'activation'],
  LSTM: ['output_dim', 'init', 'inner_init', 'forget_bias_init', 'activation', 'inner_activation'],
  GRU: ['output_dim', 'init', 'inner_init', 'activation', 'inner_activation'],
  BatchNormalization: ['epsilon', 'mode', 'axis', 'momentum', 'weights', 'beta_init', 'gamma_init'],
};

const namesOf = (row: LayerRow): ReadonlySet<string> => new Set(signature(row.signature).map((p) => p.name));

const isOld = (name: string, own: ReadonlySet<string>): boolean =>
  KERAS_1.test(name) || (name in RENAMED && !own.has(name) && (RENAMED[name] ?? []).some((modern) => own.has(modern)));

/** Whether a call's arguments are named as Keras 1 named them. */
export const isKeras1 = (row: LayerRow, keywords: Iterable<string>): boolean => {
  const own = namesOf(row);
  return [...keywords].some((name) => isOld(name, own));
};

/** `Convolution2D(64, 3, 3)`: rows and columns one after the other, which Keras 3 would read as a stride. */
const hasKernelParts = (row: LayerRow, calledAs: string, { positional }: Args): boolean => {
  const parts = row.name === 'Conv3D' ? 3 : 2;
  return (
    /^((Atrous|Separable)?Convolution|Deconvolution|LocallyConnected)[23]D$/.test(calledAs) &&
    positional.slice(1, 1 + parts).length === parts &&
    positional.slice(1, 1 + parts).every((value) => value.kind === 'number')
  );
};

export interface ModernCall {
  readonly args: Args;
  readonly site: CallSite;
  /** Old names that are written, by the new one. */
  readonly renamed: ReadonlyMap<string, string>;
}

export const modernCall = (row: LayerRow, calledAs: string, args: Args, site: CallSite): ModernCall => {
  const own = namesOf(row);
  const order = ORDER[row.name];
  const keras1 = hasKernelParts(row, calledAs, args) || isKeras1(row, args.keywords.keys());
  if (!keras1) return { args, site, renamed: new Map() };
  const given = new Map<string, Value>(args.keywords);
  const spans = new Map<number | string, Span>(site.argSpans);
  let positional = args.positional;
  if (order) {
    for (const [i, value] of args.positional.entries()) {
      const name = order[i];
      if (name === undefined) continue;
      given.set(name, value);
      const span = site.argSpans.get(i);
      if (span) spans.set(name, span);
      spans.delete(i);
    }
    positional = [];
  }
  const renamed = new Map<string, string>();
  const keywords = new Map<string, Value>();
  for (const [name, value] of given) {
    const modern = own.has(name) ? undefined : RENAMED[name]?.find((candidate) => own.has(candidate));
    if (modern === undefined || given.has(modern)) {
      keywords.set(name, value);
      continue;
    }
    keywords.set(modern, value);
    if (args.keywords.has(name)) renamed.set(modern, name);
    const span = spans.get(name);
    if (span) spans.set(modern, span);
  }
  for (const parts of PARTS) {
    const sizes = parts.map((name) => given.get(name));
    if (sizes.every((size) => size !== undefined)) keywords.set('kernel_size', tuple(sizes));
  }
  const ordering = given.get('dim_ordering');
  if (ordering?.kind === 'string' && ordering.value !== 'default')
    keywords.set('data_format', str(ordering.value === 'th' ? 'channels_first' : 'channels_last'));
  const forget = given.get('forget_bias_init');
  if (forget?.kind === 'string') keywords.set('unit_forget_bias', bool(/^ones?$/.test(forget.value)));
  return { args: { ...args, positional, keywords }, site: { ...site, argSpans: spans }, renamed };
};
