/** A top-level statement that is parsed when it is first looked at. */
import type { Anchor } from '../text/span.ts';
import type { Block, Stmt } from './ast.ts';

export class LazyBlock implements Block {
  readonly anchor: Anchor;
  readonly binds: readonly string[];
  private read: ((anchor: Anchor) => Pick<Block, 'statement' | 'broken'>) | null;
  private made: Pick<Block, 'statement' | 'broken'> | null = null;

  /** `read` parses the statement; its spans must be relative to the anchor that it is given. */
  constructor(anchor: Anchor, binds: readonly string[], read: (anchor: Anchor) => Pick<Block, 'statement' | 'broken'>) {
    this.anchor = anchor;
    this.binds = binds;
    this.read = read;
  }

  get statement(): Stmt {
    return this.whole().statement;
  }

  get broken(): boolean {
    return this.whole().broken;
  }

  private whole(): Pick<Block, 'statement' | 'broken'> {
    if (this.read) {
      this.made = this.read(this.anchor);
      this.read = null;
    }
    return this.made as Pick<Block, 'statement' | 'broken'>;
  }
}
