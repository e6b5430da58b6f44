/**
 * With which modules a file is analysed: those that are kept from other files, or none where its imports are more than a first read
 * may take. What is kept would then give an answer that the same text alone has not, and what was cut off is no good to others.
 */
import type { Work } from '../interpreter/budget.ts';
import type { ModuleLoader } from '../interpreter/modules.ts';
import { EntryCache } from './cache.ts';

export interface Followed<T> {
  readonly value: T;
  /** What it asked of imports. */
  readonly works: readonly Work[];
}

export class Loaders {
  private readonly make: () => ModuleLoader;
  private loader: ModuleLoader;
  private readonly caches = new Map<string, EntryCache>();
  /** Files whose imports were cut off when they were last analysed. */
  private readonly alone = new Set<string>();

  constructor(make: () => ModuleLoader) {
    this.make = make;
    this.loader = make();
  }

  /** The one with what is kept. */
  get shared(): ModuleLoader {
    return this.loader;
  }

  reset(): void {
    this.caches.clear();
    this.loader = this.make();
  }

  /** True where the file is kept as an import of others. */
  forget(file: string): boolean {
    this.caches.delete(file);
    return this.loader.forget(file);
  }

  /** Analyses a file; `cut` where its imports were cut off. */
  follow<T>(file: string, run: (loader: ModuleLoader, cache: EntryCache) => Followed<T>): { readonly value: T; readonly cut: boolean } {
    if (!this.alone.has(file)) {
      const { loader } = this;
      const { value, works } = run(loader, this.cacheOf(file));
      const cut = loader.isCut;
      if (!cut && !loader.isTooMuch(works)) return { value, cut };
      this.alone.add(file);
      const isFirst = loader.isNew;
      if (cut) this.reset();
      if (isFirst) return { value, cut };
    }
    const loader = this.make();
    const { value } = run(loader, new EntryCache(loader));
    if (!loader.isCut) this.alone.delete(file);
    return { value, cut: loader.isCut };
  }

  private cacheOf(file: string): EntryCache {
    let cache = this.caches.get(file);
    if (!cache) {
      cache = new EntryCache(this.loader);
      this.caches.set(file, cache);
    }
    return cache;
  }
}
