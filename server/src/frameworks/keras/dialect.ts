/**
 * What differs between Keras and TensorFlow.js, which has the layers of Keras 2 in another language. Everything else about layers,
 * from their tables to their graph, is one.
 */
import type { ClassValue } from '../../interpreter/values.ts';
import type { FrameworkName } from '../../network/network.ts';
import type { Shape } from '../../network/scalar.ts';
import type { Language } from '../../syntax/ast.ts';
import type { Fans, InitializerRow } from './initializers.ts';

export interface Dialect {
  readonly framework: FrameworkName;
  /** As shown to people. */
  readonly title: string;
  readonly tensorClass: ClassValue;
  /** What a string as initializer gives; undefined where it is rejected. */
  initializerOfString(name: string): InitializerRow | undefined;
  /** The string that this one was meant to be, if one is near. */
  nearestInitializer(name: string): string | undefined;
  /** Row of an initializer by the name of its class. */
  initializerRow(name: string): InitializerRow | undefined;
  computeFans(shape: Shape): Fans;
  /** Initializer of a weight that is added without one. */
  readonly defaultInitializer: string;
  /** When one initializer object draws the same values for every weight: always (its seed is fixed when it is made), or if it is given a seed. */
  readonly repeatsDraws: 'always' | 'seeded';
  /** Name of a layer that has none given; `count` layers of its class came before. */
  layerName(className: string, count: number): string;
}

const dialects = new Map<Language, Dialect>();

/** Says how a language speaks of layers; each framework does so once, when it is loaded. */
export const speak = (language: Language, dialect: Dialect): void => {
  dialects.set(language, dialect);
};

export const dialectOf = (language: Language): Dialect => {
  const dialect = dialects.get(language) ?? dialects.get('python');
  if (!dialect) throw new Error(`no layers in ${language}`);
  return dialect;
};
