/**
 * JSON with positions, for saved topologies. Total: a text that is no JSON gives the reason and the place, whatever it is; depth and
 * length are bounded. Python's NaN and Infinity are numbers, as its own writer has it.
 */

interface At {
  /** UTF-16 offsets in the text, half-open. */
  readonly start: number;
  readonly end: number;
}

export interface JsonEntry {
  readonly key: string;
  readonly keyAt: At;
  readonly value: JsonNode;
}

export type JsonNode = At &
  (
    | { readonly kind: 'null' }
    | { readonly kind: 'boolean'; readonly value: boolean }
    | { readonly kind: 'number'; readonly value: number; readonly isInteger: boolean }
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
    | { readonly kind: 'object'; readonly entries: readonly JsonEntry[] }
  );

export type JsonObject = Extract<JsonNode, { kind: 'object' }>;

export type ParsedJson = { readonly root: JsonNode } | { readonly problem: string; readonly at: number };

/** Topologies nest about ten deep for each model inside a model. */
const MAX_DEPTH = 256;

class Problem extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

const NUMBER = /-?(?:\d+(\.\d+)?([eE][+-]?\d+)?|Infinity)|NaN/y;
const PLAIN = /[^"\\\n]*/y;
const SPACE = /[ \t\r\n]*/y;

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', '/': '/' };

class Reader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  document(): JsonNode {
    const root = this.value(0);
    this.space();
    if (this.at < this.text.length) throw new Problem('something follows the end of the value', this.at);
    return root;
  }

  private space(): void {
    SPACE.lastIndex = this.at;
    SPACE.test(this.text);
    this.at = SPACE.lastIndex;
  }

  private expect(char: string, where: string): void {
    this.space();
    if (this.text[this.at] !== char)
      throw new Problem(this.at < this.text.length ? `'${char}' is missing ${where}` : 'the text ends early', this.at);
    this.at++;
  }

  private value(depth: number): JsonNode {
    if (depth > MAX_DEPTH) throw new Problem(`nested more than ${MAX_DEPTH} deep`, this.at);
    this.space();
    const start = this.at;
    switch (this.text[start]) {
      case '{':
        return this.object(start, depth);
      case '[':
        return this.array(start, depth);
      case '"': {
        const value = this.string();
        return { kind: 'string', value, start, end: this.at };
      }
      case undefined:
        throw new Problem('the text ends early', start);
      default:
        return this.word(start);
    }
  }

  private word(start: number): JsonNode {
    for (const [text, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const)
      if (this.text.startsWith(text, start)) {
        this.at = start + text.length;
        return value === null ? { kind: 'null', start, end: this.at } : { kind: 'boolean', value, start, end: this.at };
      }
    NUMBER.lastIndex = start;
    const match = NUMBER.exec(this.text);
    if (!match) throw new Problem('a value is missing', start);
    this.at = NUMBER.lastIndex;
    return { kind: 'number', value: Number(match[0]), isInteger: /^-?\d+$/.test(match[0]), start, end: this.at };
  }

  private string(): string {
    const start = this.at++;
    let value = '';
    for (;;) {
      PLAIN.lastIndex = this.at;
      PLAIN.test(this.text);
      value += this.text.slice(this.at, PLAIN.lastIndex);
      this.at = PLAIN.lastIndex;
      const char = this.text[this.at];
      if (char === '"') {
        this.at++;
        return value;
      }
      if (char !== '\\') throw new Problem('a string has no end', start);
      value += this.escape();
    }
  }

  private escape(): string {
    const code = this.text[this.at + 1];
    if (code === 'u') {
      const digits = this.text.slice(this.at + 2, this.at + 6);
      if (!/^[\da-fA-F]{4}$/.test(digits)) throw new Problem('an escape without four digits', this.at);
      this.at += 6;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const char = ESCAPES[code ?? ''];
    if (char === undefined) throw new Problem('an escape that JSON does not have', this.at);
    this.at += 2;
    return char;
  }

  private array(start: number, depth: number): JsonNode {
    const items: JsonNode[] = [];
    this.at++;
    this.space();
    if (this.text[this.at] === ']') this.at++;
    else
      for (;;) {
        items.push(this.value(depth + 1));
        this.space();
        if (this.text[this.at] === ']') {
          this.at++;
          break;
        }
        this.expect(',', 'between two items');
      }
    return { kind: 'array', items, start, end: this.at };
  }

  private object(start: number, depth: number): JsonNode {
    const entries: JsonEntry[] = [];
    this.at++;
    this.space();
    if (this.text[this.at] === '}') this.at++;
    else
      for (;;) {
        this.space();
        const from = this.at;
        if (this.text[from] !== '"')
          throw new Problem(from < this.text.length ? 'a name in quotes is missing' : 'the text ends early', from);
        const key = this.string();
        const keyAt = { start: from, end: this.at };
        this.expect(':', 'after a name');
        entries.push({ key, keyAt, value: this.value(depth + 1) });
        this.space();
        if (this.text[this.at] === '}') {
          this.at++;
          break;
        }
        this.expect(',', 'between two members');
      }
    return { kind: 'object', entries, start, end: this.at };
  }
}

export const parseJson = (text: string): ParsedJson => {
  try {
    return { root: new Reader(text.charCodeAt(0) === 0xfeff ? ` ${text.slice(1)}` : text).document() };
  } catch (error) {
    if (error instanceof Problem) return { problem: error.message, at: error.at };
    throw error;
  }
};

/** A member of an object by name, the last one where it is given twice; undefined for anything else. */
export const member = (node: JsonNode | undefined, key: string): JsonNode | undefined =>
  node?.kind === 'object' ? node.entries.findLast((entry) => entry.key === key)?.value : undefined;

export const textOf = (node: JsonNode | undefined): string | undefined => (node?.kind === 'string' ? node.value : undefined);

export const itemsOf = (node: JsonNode | undefined): readonly JsonNode[] => (node?.kind === 'array' ? node.items : []);
