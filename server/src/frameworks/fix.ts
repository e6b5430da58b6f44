/** What a framework makes of a rule's intent: text edits. */

export interface TextEdit {
  readonly file: string;
  /** Absolute UTF-16 offsets. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Fix {
  /** Sentence case, no full stop; ends in "(changes training)" unless `safe`. */
  readonly title: string;
  /** Numerically the same program. */
  readonly safe: boolean;
  readonly preferred: boolean;
  /** 'call': the framework's own initializer; 'formula': spelled out. */
  readonly style: 'call' | 'formula';
  readonly edits: readonly TextEdit[];
}
