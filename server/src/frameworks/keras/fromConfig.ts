/**
 * A layer out of its class name and configuration, as saved topologies and `from_config` have it: the same classes, asked with the
 * same arguments as in source.
 */
import type { Interpreter } from '../../interpreter/api.ts';
import type { CallSite, Value } from '../../interpreter/values.ts';
import { bool, float, int, list, NONE, str, unknown } from '../../interpreter/values.ts';
import { external } from './names.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

type JsonObject = { readonly [key: string]: Json };

const isObject = (json: Json | undefined): json is JsonObject => typeof json === 'object' && json !== null && !Array.isArray(json);

/** `{"class_name": "LSTM", "config": {…}}` */
interface Serialized {
  readonly className: string;
  readonly config: Json;
}

const serialized = (json: Json | undefined): Serialized | undefined => {
  if (!isObject(json) || typeof json.class_name !== 'string') return undefined;
  return { className: json.class_name, config: json.config ?? {} };
};

const toValue = (json: Json, site: CallSite, interp: Interpreter): Value => {
  if (json === null) return NONE;
  if (typeof json === 'boolean') return bool(json);
  if (typeof json === 'number') return Number.isInteger(json) ? int(json) : float(json);
  if (typeof json === 'string') return str(json);
  if (!isObject(json)) return list((json as readonly Json[]).map((item) => toValue(item, site, interp)));
  const object = serialized(json);
  if (object) {
    // Activations are functions by name; what is inside a wrapper is a layer; initializers stay as they are written.
    if (object.className === 'function' && typeof object.config === 'string') return str(object.config);
    if (object.className === '__tuple__' && isObject(json) && Array.isArray(json.items)) return toValue(json.items, site, interp);
    if (isLayerClass(object.className)) return layerFromConfig(object.className, object.config, site, interp);
  }
  return {
    kind: 'dict',
    entries: new Map(Object.entries(json).map(([key, value]) => [`s${key}`, { key: str(key), value: toValue(value, site, interp) }])),
    open: false,
  };
};

const layerClass = (name: string): Value | undefined => {
  const found = external(`keras.layers.${name}`);
  return found !== 'module' && found?.kind === 'class' ? found : undefined;
};

const isLayerClass = (name: string): boolean => layerClass(name) !== undefined;

/**
 * An instance of a layer's class, built with the arguments that its configuration names. `site` says where it is written. Unknown
 * where Keras has no such layer.
 */
export const layerFromConfig = (className: string, config: Json, site: CallSite, interp: Interpreter): Value => {
  const cls = layerClass(className);
  if (cls?.kind !== 'class') return { ...unknown(`${className} is no layer of Keras`, site.span), path: className };
  const keywords = new Map<string, Value>();
  if (isObject(config)) {
    for (const [name, json] of Object.entries(config)) {
      // Old files wrap what a wrapper holds once more, newer ones write shapes of a batch.
      keywords.set(name === 'batch_shape' && className !== 'InputLayer' ? 'batch_input_shape' : name, toValue(json, site, interp));
    }
  }
  return interp.instantiate(cls, { positional: [], keywords, open: false }, site);
};
