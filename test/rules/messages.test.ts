/**
 * Every message that the programs of this repository yield: one line with a figure, spelled like the others. Programs are those of the
 * rules, both twins of every lookalike, the examples, and those of the table of severities.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../server/src/rules/registry.ts';
import { analyse } from './analysis.ts';
import { blocksOf, fileOf, ruleFiles } from './programs.ts';

interface Source {
  readonly file: string;
  readonly text: string;
}

const inFolder = (path: string, names: RegExp): readonly Source[] => {
  const folder = new URL(path, import.meta.url);
  return readdirSync(folder)
    .filter((name) => names.test(name))
    .map((name) => ({ file: name, text: readFileSync(new URL(name, folder), 'utf8') }));
};

const twins = (markdown: string): readonly Source[] =>
  [...markdown.matchAll(/^```(python|js) \w+\n([\s\S]*?)^```$/gm)].flatMap(([, language = '', text = '']) =>
    ['$1', '$2'].map((side) => ({
      file: language === 'js' ? 'model.ts' : 'model.py',
      text: text.replace(/«([^«»¦]*)¦([^«»¦]*)»/g, side),
    })),
  );

const measured = JSON.parse(readFileSync(new URL('../golden/severity.json', import.meta.url), 'utf8')) as {
  readonly programs: readonly { readonly source: string }[];
};

const sources: readonly Source[] = [
  ...ruleFiles().flatMap((file) => blocksOf(file.slice(0, -3))),
  ...RULES.flatMap(({ examples }) =>
    examples.flatMap(({ framework, bad, good }) => [bad, good].map((text) => ({ file: fileOf(framework), text }))),
  ),
  ...inFolder('../lookalikes/', /\.md$/).flatMap(({ text }) => twins(text)),
  ...inFolder('../../examples/', /\.(py|js|ts|ipynb)$/),
  ...measured.programs.map(({ source }) => ({ file: 'model.py', text: source })),
];

interface Message {
  readonly rule: string;
  readonly text: string;
  readonly related: boolean;
}

const messages: readonly Message[] = [
  ...new Map(
    sources
      .flatMap(({ file, text }) => analyse(text, file).findings)
      .flatMap(({ rule, message, related }): Message[] => [
        { rule, text: message, related: false },
        ...related.map((one) => ({ rule, text: one.message, related: true })),
      ])
      .map((one) => [`${one.rule} ${one.text}`, one] as const),
  ).values(),
];

/** Code and names are the program's: they count towards the length and are not spelled by rules. */
const prose = (text: string): string => text.replace(/`[^`]*`|'[^']*'|\b[A-Za-z_][\w.]*\d[\w.]*\b/g, '…');

const LONGEST = 120;

/** Rules that say what is so or not so, whatever the sizes: there is nothing to compute. */
const WITHOUT_FIGURE: Readonly<Record<string, string>> = {
  'double-activation': 'a ReLU of a ReLU changes nothing at all',
  'init-overwritten': 'a draw is lost whole',
  'logits-without-flag': 'a loss that falls without bound has no least value',
  'softmax-before-cross-entropy': 'log-softmax of log-softmax changes nothing',
  'unknown-initializer': 'the framework raises',
};

const digits = (number: string): number => number.replace('.', '').replace(/^0+/, '').length;

const THINGS = 'layer|unit|weight|bias|input|branch|step|copy|pair|parameter|model|draw';

/** ½, ¼ and halving are figures too. */
const FIGURE = /[\d¼½σ]|halves/;

const CHECKS: Readonly<Record<string, (message: Message) => boolean>> = {
  'is one line': ({ text }) => text.length <= LONGEST && !text.includes('\n'),
  'has a figure': ({ rule, text, related }) => related || rule in WITHOUT_FIGURE || FIGURE.test(prose(text)),
  'starts with a capital, a figure or code': ({ text }) =>
    /^[\p{Lu}\d`]/u.test(text) || /^[\w.]+(\(\))? (applies|gets|gives|takes|over|is|makes|has) /.test(text),
  'is a sentence without a full stop': ({ text }) => !/[.;:,…]$/.test(text.trim()),
  'has single spaces': ({ text }) => text === text.trim() && !/ {2}/.test(text),
  'has numbers only': ({ text }) => !/NaN|undefined|Infinity|null|\[object/.test(text),
  'has figures of at most three digits, counts of four': ({ text }) =>
    [...prose(text).matchAll(/\d+(?:\.\d+)?/g)].every(([n]) => digits(n) <= (n.includes('.') ? 3 : 4)),
  'counts in the singular and the plural': ({ text }) =>
    !new RegExp(`\\b1 (${THINGS})s\\b|\\b(?!1 )\\d+ (${THINGS})\\b(?! \\w+s\\b)|biass|copys|branchs`).test(prose(text)) &&
    !/\bAll [012] /.test(text),
  'has typographic apostrophes and minus signs': ({ text }) => !/\w'(?:s\b|$| )|(?:^|[\s(])-\d/.test(prose(text)),
};

it('there are messages of every rule', () => {
  expect(new Set(messages.map(({ rule }) => rule))).toEqual(new Set(RULES.map(({ name }) => name)));
});

describe('every message', () => {
  it.each(Object.entries(CHECKS))('%s', (_, holds) => {
    const wrong = messages.filter((one) => !holds(one)).map(({ rule, text }) => `${text.length} ${rule}: ${text}`);
    expect(wrong, wrong.join('\n')).toEqual([]);
  });
});

it.each(Object.keys(WITHOUT_FIGURE))('%s has a message without a figure', (name) => {
  expect(messages.some(({ rule, text, related }) => rule === name && !related && !FIGURE.test(prose(text)))).toBe(true);
});
