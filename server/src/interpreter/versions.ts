/**
 * Versions of top-level names: equal numbers mean equal values. A version is made of the statement that bound the name and of the
 * versions of what that read.
 */
import type { Block } from '../syntax/ast.ts';
import type { Value } from './values.ts';

const MAX_KEPT = 200_000;

export class Versions {
  private readonly blockIds = new WeakMap<Block, number>();
  private readonly interned = new Map<string, number>();
  private blocks = 0;
  private last = 0;

  begin(): void {
    if (this.interned.size > MAX_KEPT) this.interned.clear();
  }

  of(block: Block, reads: readonly number[]): number {
    const key = `${this.blockId(block)}:${reads.join(',')}`;
    let version = this.interned.get(key);
    if (version === undefined) {
      version = ++this.last;
      this.interned.set(key, version);
    }
    return version;
  }

  private blockId(block: Block): number {
    let id = this.blockIds.get(block);
    if (id === undefined) {
      id = ++this.blocks;
      this.blockIds.set(block, id);
    }
    return id;
  }
}

/**
 * The names that have a new version after a statement: those that it bound, and those that it read and may have changed (by a call, an
 * assignment). A decorator (`@add_to_class(Net)`) may have put something into what can change.
 */
export const renewed = (
  { statement }: Block,
  written: ReadonlySet<string>,
  read: ReadonlySet<string>,
  held: (name: string) => Value | undefined,
): readonly string[] => {
  if (statement.kind === 'import' || statement.kind === 'importFrom') return [...written];
  const definition = statement.kind === 'function' || statement.kind === 'class';
  if (definition && statement.decorators.length === 0) return [...written];
  return [...written, ...[...read].filter((name) => !definition || isMutable(held(name)))];
};

const isMutable = (value: Value | undefined): boolean =>
  value !== undefined && ['class', 'instance', 'list', 'dict', 'set'].includes(value.kind);
