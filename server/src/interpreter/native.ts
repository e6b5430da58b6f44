/**
 * Helpers to write native classes and functions, and to read arguments by a Python signature.
 */
import { type Scalar, symbol } from '../network/scalar.ts';
import type { Args, ClassValue, NativeCall, NativeFunction, Value } from './values.ts';
import { FALSE, float, int, NO_KEYWORDS, NONE, str, TRUE, tuple, unknown } from './values.ts';

export const native = (name: string, call: NativeCall, binding: NativeFunction['binding'] = 'instance'): NativeFunction => ({
  kind: 'native',
  name,
  call,
  binding,
});

/** A class written in TypeScript; `members` are methods (self first) or plain values. */
export const nativeClass = (
  path: string,
  bases: readonly ClassValue[],
  members: Readonly<Record<string, NativeCall | Value>> = {},
  meta?: unknown,
): ClassValue => {
  const attrs = new Map<string, Value>();
  for (const [name, member] of Object.entries(members)) attrs.set(name, typeof member === 'function' ? native(name, member) : member);
  const name = path.slice(path.lastIndexOf('.') + 1);
  const cls = { kind: 'class' as const, name, path, bases, mro: [] as ClassValue[], open: false, attrs, source: null, meta };
  cls.mro.push(cls, ...linearize(bases));
  return cls;
};

/** C3 linearisation of the bases' MROs; where C3 has no answer, depth first without repeats (never fails). */
export const linearize = (bases: readonly ClassValue[]): ClassValue[] => {
  const lists = [...bases.map((b) => [...b.mro]), [...bases]];
  const result: ClassValue[] = [];
  for (;;) {
    const rest = lists.filter((l) => l.length > 0);
    if (rest.length === 0) return result;
    const head = rest.map((l) => l[0] as ClassValue).find((c) => rest.every((l) => !l.slice(1).includes(c)));
    if (!head) return [...new Set(bases.flatMap((b) => b.mro))];
    result.push(head);
    for (const l of lists) if (l[0] === head) l.shift();
  }
};

interface SignatureParam {
  readonly name: string;
  readonly fallback: Value | undefined;
  readonly kind: 'normal' | 'keywordOnly' | '*' | '**';
}

const parsed = new Map<string, readonly SignatureParam[]>();

const literal = (text: string): Value => {
  if (text === 'None') return NONE;
  if (text === 'True') return TRUE;
  if (text === 'False') return FALSE;
  if (text === '()') return tuple([]);
  if (/^-?\d+$/.test(text)) return int(Number(text));
  if (/^-?[\d.]+(e-?\d+)?$/i.test(text)) return float(Number(text));
  if (/^(['"]).*\1$/.test(text)) return str(text.slice(1, -1));
  return unknown(`default ${text}`);
};

/**
 * Parses `"in_features, out_features, bias=True, *, device=None, **kwargs"`. Annotations are not allowed; defaults are numbers,
 * strings, None, True, False or ().
 */
export const signature = (text: string): readonly SignatureParam[] => {
  const known = parsed.get(text);
  if (known) return known;
  const params: SignatureParam[] = [];
  let keywordOnly = false;
  for (const part of text
    .split(/,(?![^(]*\))/)
    .map((p) => p.trim())
    .filter(Boolean)) {
    if (part === '*') {
      keywordOnly = true;
      continue;
    }
    if (part === '/') continue;
    if (part.startsWith('**')) {
      params.push({ name: part.slice(2), fallback: undefined, kind: '**' });
      continue;
    }
    if (part.startsWith('*')) {
      params.push({ name: part.slice(1), fallback: undefined, kind: '*' });
      keywordOnly = true;
      continue;
    }
    const [name, fallback] = part.split('=').map((s) => s.trim()) as [string, string | undefined];
    params.push({ name, fallback: fallback === undefined ? undefined : literal(fallback), kind: keywordOnly ? 'keywordOnly' : 'normal' });
  }
  parsed.set(text, params);
  return params;
};

/** A signature as binding asks for it. */
interface SignatureShape {
  /** Places of the arguments that may be given by position. */
  readonly positional: ReadonlyMap<string, number>;
  readonly named: ReadonlySet<string>;
  readonly fallbacks: ReadonlyMap<string, Value | undefined>;
  readonly hasRest: boolean;
}

const shapes = new Map<string, SignatureShape>();

const shapeOf = (text: string): SignatureShape => {
  let shape = shapes.get(text);
  if (!shape) {
    const params = signature(text);
    shape = {
      positional: new Map(params.filter((p) => p.kind === 'normal').map((p, i) => [p.name, i])),
      named: new Set(params.filter((p) => p.kind !== '*' && p.kind !== '**').map((p) => p.name)),
      fallbacks: new Map(params.map((p) => [p.name, p.fallback])),
      hasRest: params.some((p) => p.kind === '*'),
    };
    shapes.set(text, shape);
  }
  return shape;
};

export interface Bound {
  /** Value given or the default; undefined where a required argument is missing. */
  get(name: string): Value | undefined;
  /** Whether the caller gave it. */
  has(name: string): boolean;
  /** Key into CallSite.argSpans: a position (of the call as written, self not counted) or a keyword name. */
  key(name: string): number | string | undefined;
  readonly rest: readonly Value[];
  readonly extra: ReadonlyMap<string, Value>;
}

/** Arguments by the names of a signature. Read from the call itself: there are too many calls to copy each into a map. */
class BoundArguments implements Bound {
  readonly rest: readonly Value[];
  readonly extra: ReadonlyMap<string, Value>;
  private readonly shape: SignatureShape;
  private readonly args: Args;
  private readonly skip: number;

  constructor(shape: SignatureShape, args: Args, skip: number) {
    this.shape = shape;
    this.args = args;
    this.skip = skip;
    const first = skip + shape.positional.size;
    this.rest = shape.hasRest && args.positional.length > first ? args.positional.slice(first) : NO_VALUES;
    let extra: Map<string, Value> | null = null;
    for (const [name, value] of args.keywords)
      if (!shape.named.has(name)) {
        extra ??= new Map();
        extra.set(name, value);
      }
    this.extra = extra ?? NO_KEYWORDS;
  }

  get(name: string): Value | undefined {
    const { args, shape } = this;
    return this.given(name) ?? (args.open ? unknown(`argument ${name} may come from a splat`) : shape.fallbacks.get(name));
  }

  has(name: string): boolean {
    return this.given(name) !== undefined;
  }

  key(name: string): number | string | undefined {
    return this.byName(name) ? name : this.place(name);
  }

  /** What is given by name as well as by position counts by name. */
  private given(name: string): Value | undefined {
    const named = this.byName(name);
    if (named) return named;
    const at = this.place(name);
    return at === undefined ? undefined : this.args.positional[this.skip + at];
  }

  private byName(name: string): Value | undefined {
    return this.shape.named.has(name) ? this.args.keywords.get(name) : undefined;
  }

  private place(name: string): number | undefined {
    const at = this.shape.positional.get(name);
    return at !== undefined && at < this.args.positional.length - this.skip ? at : undefined;
  }
}

const NO_VALUES: readonly Value[] = [];

/** Binds arguments to a signature. `skip` positional arguments come first that are not in it (self). */
export const bind = (sig: string, args: Args, skip = 0): Bound => new BoundArguments(shapeOf(sig), args, skip);

/** Numbers, booleans and unknowns with a symbol as a scalar; undefined otherwise. */
export const asScalar = (value: Value | undefined): Scalar | undefined => {
  if (!value) return undefined;
  if (value.kind === 'number') return value.value;
  if (value.kind === 'bool') return value.value ? 1 : 0;
  if (value.kind === 'unknown' && value.symbol) return symbol(value.symbol);
  return undefined;
};

export const asNumber = (value: Value | undefined): number | undefined => {
  const scalar = asScalar(value);
  return typeof scalar === 'number' ? scalar : undefined;
};

export const asString = (value: Value | undefined): string | undefined => (value?.kind === 'string' ? value.value : undefined);

/** A number or a sequence of numbers as a list of `rank` scalars (`kernel_size=3` → [3, 3]); undefined if unknown. */
export const asSizes = (value: Value | undefined, rank: number): readonly Scalar[] | undefined => {
  if (!value) return undefined;
  const one = asScalar(value);
  if (one !== undefined) return new Array<Scalar>(rank).fill(one);
  if (value.kind === 'tuple' || value.kind === 'list') {
    const sizes: Scalar[] = [];
    for (const item of value.items) {
      const size = asScalar(item);
      if (size === undefined) return undefined;
      sizes.push(size);
    }
    if (sizes.length === 1) return new Array<Scalar>(rank).fill(sizes[0] as Scalar);
    return sizes.length === rank ? sizes : undefined;
  }
  return undefined;
};
