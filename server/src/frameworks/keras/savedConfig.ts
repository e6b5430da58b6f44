/**
 * A layer out of its class name and configuration, as saved topologies have it: the same classes, asked with the same arguments as in
 * source, each with the place where it stands in the file.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import { signature } from '../../interpreter/native.ts';
import type { CallSite, Value } from '../../interpreter/values.ts';
import { bool, float, int, list, NONE, str, tuple, unknown } from '../../interpreter/values.ts';
import { itemsOf, type JsonNode, type JsonObject, member, textOf } from '../../syntax/json/parse.ts';
import type { Anchor, Span } from '../../text/span.ts';
import { initializerRow } from './initializers.ts';
import { LAYERS } from './layers.ts';
import { external } from './names.ts';

/** A file that is read: its one anchor, the run, and who wrote it. */
export interface Saved {
  readonly anchor: Anchor;
  readonly interp: Interpreter;
  /** TensorFlow.js does not make up for the tails that its truncated normal loses (THEORY §6). */
  readonly tfjs: boolean;
}

/** The file's one anchor: a saved topology is a single value. */
export const spanIn = (anchor: Anchor, node: { readonly start: number; readonly end: number }): Span => ({
  anchor,
  start: node.start,
  end: node.end,
});

/** The call that a layer's object stands for: the object, its class's name, and every value of its configuration. */
export const siteOf = (node: JsonNode, anchor: Anchor): CallSite => {
  const config = member(node, 'config');
  const spans = config?.kind === 'object' ? config.entries.map(({ key, value }) => [key, spanIn(anchor, value)] as const) : [];
  return { span: spanIn(anchor, node), nameSpan: spanIn(anchor, member(node, 'class_name') ?? node), argSpans: new Map(spans) };
};

const layerClass = (name: string): Value | undefined => {
  const found = external(`keras.layers.${name}`);
  return found !== 'module' && found?.kind === 'class' ? found : undefined;
};

/** `{"class_name": "function", "config": "relu"}` is a name; a wrapped layer is built; initializers stay as they are written. */
export const savedValue = (node: JsonNode, saved: Saved): Value => {
  switch (node.kind) {
    case 'null':
      return NONE;
    case 'boolean':
      return bool(node.value);
    case 'number':
      return node.isInteger ? int(node.value) : float(node.value);
    case 'string':
      return str(node.value);
    case 'array':
      return list(node.items.map((item) => savedValue(item, saved)));
    case 'object':
      break;
  }
  const className = textOf(member(node, 'class_name'));
  if (className === 'function') return str(textOf(member(node, 'config')) ?? '');
  if (className === '__tuple__') return tuple(itemsOf(member(node, 'items')).map((item) => savedValue(item, saved)));
  if (className !== undefined && layerClass(className)) return savedLayer(node, saved);
  if (className === 'VarianceScaling' && saved.tfjs) return uncorrected(node, saved);
  return plain(node, saved);
};

/** Variance that is left of a normal cut at two standard deviations. */
const KEPT = 0.87962566103423978 ** 2;

/** TensorFlow.js's variance scaling in Keras's terms: the scale that Keras would have to be given for the same draw. */
const uncorrected = (node: JsonObject, saved: Saved): Value => {
  const config = member(node, 'config');
  const scale = member(config, 'scale');
  const isNormal = /normal/i.test(textOf(member(config, 'distribution')) ?? 'normal');
  if (config?.kind !== 'object' || scale?.kind !== 'number' || !isNormal) return plain(node, saved);
  const entries = config.entries.map((entry) =>
    entry.key === 'scale' ? { ...entry, value: { ...scale, value: scale.value * KEPT, isInteger: false } } : entry,
  );
  return plain({ ...node, entries: [...node.entries, { key: 'config', keyAt: config, value: { ...config, entries } }] }, saved);
};

const plain = (node: JsonObject, saved: Saved): Value => ({
  kind: 'dict',
  entries: new Map(node.entries.map(({ key, value }) => [`s${key}`, { key: str(key), value: savedValue(value, saved) }])),
  open: false,
});

/** Keras writes every initializer out, the layer's default too; one that is the default was nobody's choice. */
const isDefault = (className: string, key: string, value: JsonNode): boolean => {
  if (!key.endsWith('_initializer')) return false;
  const row = LAYERS.find((r) => r.name === className || r.aliases?.includes(className));
  const fallback = row && signature(row.signature).find((p) => p.name === key)?.fallback;
  if (fallback?.kind !== 'string') return false;
  const given = initializerRow(textOf(value) ?? textOf(member(value, 'class_name')) ?? '');
  const config = member(value, 'config');
  const isPlain = value.kind === 'string' || given?.signature.includes('=') !== true || hasDefaults(config, given.signature);
  return given !== undefined && given === initializerRow(fallback.value) && isPlain;
};

const hasDefaults = (config: JsonNode | undefined, text: string): boolean =>
  config?.kind === 'object' &&
  config.entries.every(({ key, value }) => {
    const fallback = signature(text).find((p) => p.name === key)?.fallback;
    if (value.kind === 'null') return true;
    if (value.kind === 'number') return key === 'seed' || (fallback?.kind === 'number' && fallback.value === value.value);
    return value.kind === 'string' && fallback?.kind === 'string' && fallback.value === value.value;
  });

const keywordsOf = (className: string, config: JsonNode | undefined, saved: Saved): Map<string, Value> => {
  const keywords = new Map<string, Value>();
  if (config?.kind !== 'object') return keywords;
  for (const { key, value } of config.entries) {
    if (isDefault(className, key, value)) continue;
    // A shape with the batch that is not an input's own is told to the layer in the old spelling.
    const name = key === 'batch_shape' && className !== 'InputLayer' ? 'batch_input_shape' : key;
    keywords.set(name, savedValue(value, saved));
  }
  return keywords;
};

/** Keras 1's `Merge` by its mode. */
const MERGES: Readonly<Record<string, string>> = { sum: 'Add', mul: 'Multiply', ave: 'Average', max: 'Maximum', concat: 'Concatenate' };

/** An instance of a layer's class; unknown where Keras has no such layer. */
export const savedLayer = (node: JsonNode, saved: Saved): Value => {
  const written = textOf(member(node, 'class_name')) ?? '';
  const config = member(node, 'config');
  const className = written === 'Merge' ? (MERGES[textOf(member(config, 'mode')) ?? ''] ?? written) : written;
  const cls = layerClass(className);
  const site = siteOf(node, saved.anchor);
  if (cls?.kind !== 'class') return { ...unknown(`${className} is no layer of Keras`, site.span), path: className };
  const keywords = keywordsOf(className, config, saved);
  const axis = keywords.get('concat_axis');
  if (written === 'Merge' && axis) keywords.set('axis', axis);
  // The name may stand beside the configuration instead of in it.
  const name = textOf(member(config, 'name')) ?? textOf(member(node, 'name'));
  if (name !== undefined) keywords.set('name', str(name));
  return saved.interp.instantiate(cls, { positional: [], keywords, open: false }, site);
};
