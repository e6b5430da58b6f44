/**
 * Source text → {@link SourceModule}, for a file and for each of its later versions.
 *
 *     const parser = await createParser(nodeGrammars(folder));     // workspace/grammars.node.ts
 *     const first = parser.parse('model.py', text);
 *     const next = parser.parse('model.py', editedText, first);    // unchanged blocks are the same objects
 *
 * A file is cut into chunks (top-level statements) by a scan of its characters; each chunk is parsed on its own, and a chunk
 * whose text is in the previous version too is not parsed again. So damage stays in its chunk, an incremental parse gives exactly
 * what a fresh one gives, and no tree-sitter tree is kept.
 *
 * A {@link Block} is reused with its `anchor.offset` moved: after `parse(file, text, previous)` the blocks of `previous` that
 * live on count in the new text. Hand on the newest module only.
 */
import type { Cell } from '../text/cells.ts';
import type { Anchor } from '../text/span.ts';
import type { Block, Language, SourceComment, SourceModule } from './ast.ts';
import { type LateBody, lateBody, withoutBodies } from './bodies.ts';
import { type CstNode, isBroken } from './cst.ts';
import type { ChunkRange, FrontEnd, Scan, TextRange } from './frontend.ts';
import { type Grammar, type GrammarSource, loadGrammar, type ParsedTree } from './grammar.ts';
import { javascript } from './javascript/frontend.ts';
import { languageOf } from './languages.ts';
import { LazyBlock } from './lazy.ts';
import { bound, maxDamagedLength, maxDefinitionLength, maxStatementLength } from './limits.ts';
import { python } from './python/frontend.ts';
import { matchChunks } from './reuse.ts';
import { asWritten, type Completed, sourceOf } from './source.ts';

export type { GrammarSource } from './grammar.ts';

export interface SourceParser {
  /**
   * Loads a language's grammar; null where it is there already. Python's is from the start, JavaScript's is asked for by whoever has a
   * file for it, so that nobody else pays for it. Until then its files have no blocks.
   */
  load(language: Language): Promise<void> | null;
  /** Never throws, never absent: at worst a module without blocks and an issue that says why. */
  parse(file: string, text: string, previous?: SourceModule, options?: ParseOptions): SourceModule;
}

export interface ParseOptions {
  /** Definitions and assignments are parsed when they are first looked at: for files of which little is asked. */
  readonly lazy?: boolean;
  /** The text is a notebook's, and these are its cells. */
  readonly cells?: readonly Cell[];
}

/** A chunk of a parsed module. Offsets count in the module's text; a block's `start` in the chunk. */
interface Chunk extends ChunkRange {
  readonly blocks: readonly { readonly block: Block; readonly start: number }[];
}

const frontEnds: Readonly<Record<Language, FrontEnd>> = { python, javascript };

/** Neighbouring new chunks are parsed in one go while they are sound; this bounds what one error makes repeat. */
const maxRegion = 16_384;

/** A copy that does not keep the whole file's text alive through the slices that names and strings are. */
const detach = (text: string): string => ` ${text}`.slice(1);

export const createParser = async (source: GrammarSource): Promise<SourceParser> => {
  const grammars = new Map<Language, Grammar>();
  const loading = new Map<Language, Promise<void>>();
  const load = (language: Language): Promise<void> | null => {
    if (grammars.has(language)) return null;
    const known = loading.get(language);
    if (known) return known;
    const made = loadGrammar(source, language).then((grammar) => {
      if (grammar) grammars.set(language, grammar);
    });
    // One that could not be had is asked for again by the next file.
    made.catch(() => loading.delete(language));
    loading.set(language, made);
    return made;
  };
  await load('python');
  const chunksOf = new WeakMap<SourceModule, readonly Chunk[]>();

  const parse = (file: string, text: string, previous?: SourceModule, options: ParseOptions = {}): SourceModule => {
    const language = languageOf(file);
    const { cells } = options;
    const frontEnd = frontEnds[language];
    const grammar = grammars.get(language);
    const empty = { file, language, text, ...(cells ? { cells } : {}), blocks: [], comments: [] };
    if (!grammar) {
      return { ...empty, issues: [{ message: `There is no parser for ${language} here.`, start: 0, end: 0 }] };
    }
    const lazy = options.lazy === true && frontEnd.binds !== undefined;
    const { text: bounded, issues } = bound(text, lazy);
    const scan = cells ? scanCells(frontEnd, bounded, cells) : frontEnd.scan(bounded);
    const usable = previous?.file === file && previous.language === language ? previous : undefined;
    const kept = usable ? matchChunks(usable.text, chunksOf.get(usable) ?? [], bounded, scan.chunks) : [];
    const chunks = readChunks({ file, text: bounded, grammar, frontEnd, lazy, damageLeft: maxDamagedLength }, scan.chunks, kept);
    for (const chunk of chunks) for (const { block, start } of chunk.blocks) block.anchor.offset = chunk.start + start;
    const module: SourceModule = {
      ...empty,
      blocks: chunks.flatMap((chunk) => chunk.blocks.map(({ block }) => block)),
      lazy,
      comments: scan.comments.map(({ start, end }): SourceComment => ({ start, end, text: bounded.slice(start, end) })),
      issues,
    };
    chunksOf.set(module, chunks);
    return module;
  };
  return { load, parse };
};

/** Each cell is cut by itself: a bracket or a string that one leaves open ends with it. */
const scanCells = (frontEnd: FrontEnd, text: string, cells: readonly Cell[]): Scan => {
  const chunks: ChunkRange[] = [];
  const comments: TextRange[] = [];
  for (const { start, end } of cells) {
    const scan = frontEnd.scan(text.slice(start, end));
    for (const chunk of scan.chunks) chunks.push({ ...chunk, start: start + chunk.start, end: start + chunk.end });
    for (const comment of scan.comments) comments.push({ start: start + comment.start, end: start + comment.end });
  }
  return { chunks, comments };
};

interface Reading {
  readonly file: string;
  readonly text: string;
  readonly grammar: Grammar;
  readonly frontEnd: FrontEnd;
  readonly lazy: boolean;
  /** The anchor of the one statement that is read. */
  readonly anchor?: Anchor;
  /** What is left of {@link maxDamagedLength}. */
  damageLeft: number;
}

/** Chunks for all ranges: those in `kept` as they were, the rest parsed in runs of neighbours. */
const readChunks = (reading: Reading, ranges: readonly ChunkRange[], kept: readonly (Chunk | undefined)[]): readonly Chunk[] => {
  const chunks: Chunk[] = [];
  let i = 0;
  while (i < ranges.length) {
    const range = ranges[i]!;
    const same = kept[i];
    if (same) {
      chunks.push({ ...range, blocks: same.blocks });
      i++;
      continue;
    }
    const later = readLater(reading, range);
    if (later) {
      chunks.push(later);
      i++;
      continue;
    }
    let stop = i + 1;
    while (stop < ranges.length && !kept[stop] && !bindsAlone(reading, ranges[stop]!) && ranges[stop]!.end - range.start <= maxRegion)
      stop++;
    chunks.push(...readRegion(reading, ranges.slice(i, stop)));
    i = stop;
  }
  return chunks;
};

/** The names that a chunk binds where it need not be parsed for that now. */
const bindsAlone = ({ lazy, text, frontEnd }: Reading, { start, end, dangling }: ChunkRange): readonly string[] | undefined =>
  lazy && !dangling ? frontEnd.binds?.(text.slice(start, end)) : undefined;

/** A chunk that waits until its statement is looked at; undefined where it cannot. */
const readLater = (reading: Reading, range: ChunkRange): Chunk | undefined => {
  const binds = bindsAlone(reading, range);
  if (!binds) return undefined;
  const own = detach(reading.text.slice(range.start, range.end));
  const read = (anchor: Anchor): Pick<Block, 'statement' | 'broken'> => {
    const [chunk] = readRegion({ ...reading, text: own, anchor }, [{ start: 0, end: own.length, dangling: false }]);
    return chunk?.blocks[0]?.block ?? { statement: { kind: 'pass', span: { anchor, start: 0, end: own.length } }, broken: false };
  };
  return { ...range, blocks: [{ block: new LazyBlock({ file: reading.file, offset: range.start }, binds, read), start: 0 }] };
};

/** Parses neighbouring chunks together; where that shows an error, by halves, down to the single chunk that has it. */
const readRegion = (reading: Reading, ranges: readonly ChunkRange[]): readonly Chunk[] => {
  const [first] = ranges;
  const last = ranges.at(-1);
  if (!first || !last) return [];
  if (ranges.length === 1 && isTooLong(reading, first)) return [unread(reading, first, 'too long')];
  const text = detach(reading.text.slice(first.start, last.end));
  const { source, tree } = readText(reading, text, ranges);
  if (!tree || tree.hasError) {
    // A chunk alone is parsed again, completed, and its lines one by one.
    reading.damageLeft -= ranges.length === 1 ? 4 * text.length : text.length;
    if (reading.damageLeft < 0) return ranges.map((range) => unread(reading, range, 'too much damage'));
  }
  if (ranges.length === 1) return [tree ? readAlone(reading, first, text, source, tree) : unread(reading, first, 'too hard to parse')];
  const whole = tree && !tree.hasError && !ranges.some((range) => range.dangling) ? distribute(reading, ranges, source, tree) : undefined;
  if (whole) return whole;
  const middle = ranges.length >> 1;
  return [...readRegion(reading, ranges.slice(0, middle)), ...readRegion(reading, ranges.slice(middle))];
};

/** The tree of a text; where little of it will be asked for, of the text without the bodies of its functions, if it is sound so. */
const readText = (
  { lazy, frontEnd, grammar }: Reading,
  text: string,
  ranges: readonly ChunkRange[],
): { readonly source: Completed; readonly tree: ParsedTree | undefined } => {
  const bodies = lazy && !ranges.some((range) => range.dangling) ? frontEnd.bodies?.(text) : undefined;
  if (bodies && bodies.length > 0) {
    const source = withoutBodies(text, bodies);
    const tree = grammar.read(source.text);
    if (tree && !tree.hasError) return { source, tree };
  }
  return { source: asWritten(text), tree: grammar.read(text) };
};

/** A long display is data; a long definition is a long definition. */
const isTooLong = ({ text, frontEnd }: Reading, { start, end }: ChunkRange): boolean =>
  end - start > maxStatementLength &&
  !(end - start <= maxDefinitionLength && frontEnd.binds?.(text.slice(start, end)) && !/^[^\n]*=\s*[[{(]/.test(text.slice(start, end)));

/** What may stand between a chunk's last statement and the chunk's end. */
const separators = /^[\s;]*$/;

/**
 * A sound tree's statements, each to its chunk; undefined when one lies across a cut or does not cover its chunk. Grammar and scan
 * then disagree on what is blank, and each chunk is read by itself, as it would be after an edit.
 */
const distribute = (reading: Reading, ranges: readonly ChunkRange[], source: Completed, tree: ParsedTree): readonly Chunk[] | undefined => {
  const base = ranges[0]!.start;
  const nodes = reading.frontEnd.statements(tree.root);
  const chunks: Chunk[] = [];
  let next = 0;
  for (const range of ranges) {
    const from = next;
    while (next < nodes.length && base + source.original(nodes[next]!.start) < range.end) {
      const node = nodes[next]!;
      if (base + source.original(node.start) < range.start || base + source.original(node.end) > range.end) return undefined;
      next++;
    }
    const last = nodes[next - 1];
    if (!last || next === from || !separators.test(reading.text.slice(base + source.original(last.end), range.end))) return undefined;
    chunks.push(lowerChunk(reading, range, source, nodes.slice(from, next), range.start - base, sound));
  }
  return chunks;
};

/** A chunk that is given up: one opaque block. */
const unread = (reading: Reading, range: ChunkRange, reason: string): Chunk => {
  const anchor = reading.anchor ?? { file: reading.file, offset: range.start };
  const span = { anchor, start: 0, end: range.end - range.start };
  return { ...range, blocks: [{ block: { anchor, statement: { kind: 'opaque', reason, span }, broken: true }, start: 0 }] };
};

/** One chunk alone: as written if it is sound, else completed. */
const readAlone = (reading: Reading, range: ChunkRange, text: string, source: Completed, tree: ParsedTree): Chunk => {
  const completed = tree.hasError || range.dangling ? reading.frontEnd.complete(text, reading.grammar.read) : undefined;
  if (!completed) return lowerChunk(reading, range, source, reading.frontEnd.statements(tree.root), 0, () => tree.hasError);
  const broken = (node: CstNode): boolean => completed.text.isChanged(node.start, node.end) || isBroken(node);
  return lowerChunk(reading, range, completed.text, reading.frontEnd.statements(completed.tree.root), 0, broken);
};

const sound = (): boolean => false;

/** Statements that start in a chunk, as its blocks. `chunkStart` is where the chunk starts in the text that was parsed. */
const lowerChunk = (
  reading: Reading,
  range: ChunkRange,
  source: Completed,
  nodes: readonly CstNode[],
  chunkStart: number,
  broken: (node: CstNode) => boolean,
): Chunk => {
  const blocks = nodes.map((node, i) => {
    const start = source.original(node.start) - chunkStart;
    const anchor = i === 0 && start === 0 && reading.anchor ? reading.anchor : { file: reading.file, offset: range.start + start };
    const own = sourceOf(source, anchor, node.start);
    const { leftOut } = source;
    if (!leftOut) return { block: { anchor, statement: reading.frontEnd.lower(node, own), broken: broken(node) }, start };
    const bodies: LateBody[] = [];
    const late = (block: TextRange): LateBody | undefined => {
      const body = leftOut(block.start);
      if (body) bodies.push(lateBody(body, { anchor, base: source.original(node.start) }, reading.frontEnd, reading.grammar.read));
      return body && bodies.at(-1);
    };
    const statement = reading.frontEnd.lower(node, { ...own, late });
    // Who asks whether a statement is broken has all of it read.
    const block = {
      anchor,
      statement,
      get broken() {
        return broken(node) || bodies.some((body) => body.broken);
      },
    };
    return { block, start };
  });
  return { ...range, blocks };
};
