/** Names of layers in paths: frameworks that number their layers do so by network, which is known only once it was traced. */
import type { InstanceValue } from '../../interpreter/values.ts';

/** Keras's snake case: 'MultiHeadAttention' → 'multi_head_attention', 'Conv2DTranspose' → 'conv2d_transpose'. */
export const snakeCase = (name: string): string =>
  name
    .replaceAll(/\W+/g, '')
    .replaceAll(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

const TOKEN = /⟦(\d+)⟧/g;

/** Stands for the layer's name in a path until the network is known whose layers get numbers. */
export const pathToken = (layer: InstanceValue): string => `⟦${layer.id}⟧`;

/** What a layer is called: by its author, else by its kind and a number. */
export interface LayerName {
  readonly given: string | null;
  readonly base: string;
}

const numbered = (base: string, count: number): string => (count === 0 ? base : `${base}_${count}`);

/** Puts names for tokens; layers without one are numbered in order of construction. */
export const numberedNames = (
  paths: Iterable<string>,
  nameOf: (id: number) => LayerName,
  spell: (base: string, count: number) => string = numbered,
): ((path: string) => string) => {
  const ids = new Set<number>();
  for (const path of paths) for (const match of path.matchAll(TOKEN)) ids.add(Number(match[1]));
  const counts = new Map<string, number>();
  const names = new Map<number, string>();
  for (const id of [...ids].sort((a, b) => a - b)) {
    const { given, base } = nameOf(id);
    const count = counts.get(base) ?? 0;
    if (given === null) counts.set(base, count + 1);
    names.set(id, given ?? spell(base, count));
  }
  return (path) => path.replaceAll(TOKEN, (_, id: string) => names.get(Number(id)) ?? 'layer');
};
