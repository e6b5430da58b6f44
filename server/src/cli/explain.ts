/** `initlens explain RULE` and `initlens rules`: the rules' own documentation on a terminal. */
import type { Rule } from '../rules/rule.ts';
import { rulePage } from '../workspace/ruleLinks.ts';
import { type ExitCode, type Io, UsageError } from './io.ts';

const WIDTH = 100;
const MARGIN = '    ';

/** Prose broken into lines that a terminal shows whole. */
const wrap = (text: string, margin: string): string =>
  text
    .trim()
    .split('\n')
    .map((paragraph) => {
      const lines = [margin];
      for (const word of paragraph.trim().split(/\s+/)) {
        const line = lines.at(-1)!;
        if (line.trim() !== '' && line.length + word.length + 1 > WIDTH) lines.push(`${margin}${word}`);
        else lines[lines.length - 1] = line.trim() === '' ? `${margin}${word}` : `${line} ${word}`;
      }
      return lines.join('\n');
    })
    .join('\n');

const indent = (text: string): string =>
  text
    .trim()
    .split('\n')
    .map((line) => (line === '' ? '' : `${MARGIN}${line}`))
    .join('\n');

/** Names that a mistyped one may mean: most shared pairs of letters first. */
const nearest = (name: string, rules: readonly Rule[]): readonly string[] => {
  const pairs = (text: string) => new Set([...text].slice(1).map((letter, i) => text.charAt(i) + letter));
  const wanted = pairs(name.toLowerCase());
  const score = (other: string) => {
    const theirs = pairs(other);
    return [...theirs].filter((pair) => wanted.has(pair)).length / Math.max(1, theirs.size + wanted.size);
  };
  return rules
    .map((rule) => rule.name)
    .filter((other) => score(other) > 0.2)
    .sort((a, b) => score(b) - score(a))
    .slice(0, 3);
};

export const explain = (names: readonly string[], rules: readonly Rule[], io: Io): ExitCode => {
  const [name] = names;
  if (name === undefined || names.length > 1) throw new UsageError('explain needs the name of one rule; `initlens rules` lists them');
  const rule = rules.find((known) => known.name === name);
  if (!rule) {
    const meant = nearest(name, rules);
    throw new UsageError(`no rule is called '${name}'${meant.length > 0 ? `; did you mean ${meant.join(', ')}?` : ''}`);
  }
  const { docs } = rule;
  const sections = [
    `# ${rule.name} (${rule.group}${rule.tier === 'preview' ? ', preview' : ''})`,
    wrap(docs.what, ''),
    `Why\n${wrap(docs.why, MARGIN)}`,
    `When not to follow it\n${wrap(docs.exceptions, MARGIN)}`,
    ...rule.examples.map((example) => `Example (${example.framework})\n${indent(example.bad)}\n\n  better:\n${indent(example.good)}`),
    `References\n${docs.references.map((reference) => wrap(reference, MARGIN)).join('\n')}`,
    rulePage(rule.name),
  ];
  io.out(`${sections.join('\n\n')}\n`);
  return 0;
};

export const listRules = (rules: readonly Rule[], io: Io): ExitCode => {
  const longest = Math.max(0, ...rules.map((rule) => rule.name.length));
  for (const rule of rules) io.out(`${rule.name.padEnd(longest)}  ${rule.docs.what}\n`);
  return 0;
};
