/** Saved topologies: a file that holds a model without its source. One file is one network, or a sentence why it is none. */
import type { Framework } from '../frameworks/framework.ts';
import type { ModuleLoader } from '../interpreter/modules.ts';
import { parseJson } from '../syntax/json/parse.ts';
import type { Host } from '../text/host.ts';
import type { Anchor } from '../text/span.ts';
import type { Judged } from './cache.ts';
import { judge } from './judge.ts';

/** JSON, and archives of Keras, whose configuration is their text. */
export const isSavedModel = (file: string): boolean => /\.(?:json|keras)$/i.test(file);

/** Weights stand in shards and archives; a topology of more text than this is no topology. */
const MAX_LENGTH = 16 * 1024 * 1024;

/** What every topology has in it, looked for before anything is parsed. */
const mayBeTopology = (text: string): boolean => text.includes('"class_name"') || text.includes('"modelTopology"');

const WEIGHTS = /\.(?:h5|hdf5|keras|npz|bin)$/i;

/** Weights in the same folder: the model does not start from its initializers. An archive holds its own. */
const hasWeights = (file: string, host: Host): boolean => {
  if (/\.keras$/i.test(file)) return true;
  const slash = file.lastIndexOf('/');
  return host.list(slash < 0 ? '.' : file.slice(0, slash)).some((name) => WEIGHTS.test(name));
};

export interface SavedResult {
  readonly results: readonly Judged[];
  readonly issues: readonly { readonly message: string; readonly start: number; readonly end: number }[];
}

const none = (message: string, at = 0): SavedResult => ({ results: [], issues: [{ message, start: at, end: at }] });

export const readSavedModel = (
  file: string,
  text: string,
  host: Host,
  loader: ModuleLoader,
  frameworks: readonly Framework[],
): SavedResult => {
  if (text.length > MAX_LENGTH) return none(`A saved topology of more than ${MAX_LENGTH / 1024 / 1024} million characters is not read`);
  if (!mayBeTopology(text)) return none('No saved model of Keras or TensorFlow.js');
  const parsed = parseJson(text);
  if ('problem' in parsed) return none(`Not valid JSON: ${parsed.problem}`, parsed.at);
  const anchor: Anchor = { file, offset: 0 };
  const machine = loader.machine();
  try {
    for (const framework of frameworks) {
      const saved = framework.readSaved?.(parsed.root, anchor, hasWeights(file, host), machine);
      if (saved === undefined) continue;
      if (typeof saved === 'string') return none(`No network is read: ${saved}`);
      const { model, name, span, nameSpan } = saved;
      const network = framework.trace(model, { name, kind: 'call', span, nameSpan }, machine);
      if (!network?.nodes.some((node) => node.params.length > 0)) return none('No network is read: the model has no layers with weights');
      const issues = [...network.issues, ...machine.issues];
      const complete = network.complete && machine.partials.length === 0;
      return { results: [judge({ framework, network: { ...network, complete, issues } })], issues: [] };
    }
  } catch (error) {
    return none(`internal error while reading a saved model: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    loader.finish(machine);
  }
  return none('No saved model of Keras or TensorFlow.js');
};
