/**
 * Configuration objects as keyword arguments: `{units: 10, kernelInitializer: 'heNormal'}` is `units=10, kernel_initializer=…`, so
 * that layers are read by the same tables as Keras's.
 */
import type { Args, CallSite, Value } from '../../interpreter/values.ts';
import { str, unknown } from '../../interpreter/values.ts';

/** 'kernelInitializer' → 'kernel_initializer' */
export const snake = (name: string): string => name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();

/** 'kernel_initializer' → 'kernelInitializer' */
export const camel = (name: string): string => name.replaceAll(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());

/** The names of activations in TensorFlow.js, and what Keras calls them. */
const ACTIVATIONS: Readonly<Record<string, string>> = {
  elu: 'elu',
  selu: 'selu',
  relu: 'relu',
  relu6: 'relu6',
  linear: 'linear',
  sigmoid: 'sigmoid',
  hardSigmoid: 'hard_sigmoid',
  softplus: 'softplus',
  softsign: 'softsign',
  tanh: 'tanh',
  softmax: 'softmax',
  logSoftmax: 'log_softmax',
  gelu: 'gelu',
  // The approximation by tanh, whose moments are those of the function to three places.
  gelu_new: 'gelu',
  mish: 'mish',
  swish: 'swish',
};

const activationValue = (value: Value): Value => {
  if (value.kind !== 'string') return value;
  const known = Object.hasOwn(ACTIVATIONS, value.value) ? ACTIVATIONS[value.value] : undefined;
  return known === undefined ? unknown(`'${value.value}' is no activation of TensorFlow.js`) : str(known);
};

const isActivation = (name: string): boolean => name === 'activation' || name === 'recurrent_activation';

/** Members of a configuration by the names of the tables. What is undefined is not given. */
export const keywordsOf = (config: Value | undefined): { readonly keywords: ReadonlyMap<string, Value>; readonly open: boolean } => {
  if (!config || config.kind === 'none') return { keywords: new Map(), open: false };
  if (config.kind !== 'dict') return { keywords: new Map(), open: true };
  const keywords = new Map<string, Value>();
  for (const { key, value } of config.entries.values()) {
    if (key.kind !== 'string' || (value.kind === 'none' && value.absent)) continue;
    const name = snake(key.value);
    keywords.set(name, isActivation(name) ? activationValue(value) : value);
  }
  return { keywords, open: config.open };
};

/** Arguments of a constructor that takes one configuration. */
export const configArgs = (args: Args): Args => {
  const { keywords, open } = keywordsOf(args.positional[0]);
  return { positional: [], keywords, open: open || args.open };
};

/** The places of a configuration's members, by the names of the tables too. */
export const configSite = (site: CallSite): CallSite => ({
  ...site,
  argSpans: new Map(
    [...site.argSpans].flatMap(([key, span]) => (typeof key === 'string' ? [[key, span] as const, [snake(key), span] as const] : [])),
  ),
});
