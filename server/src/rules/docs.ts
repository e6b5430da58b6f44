/** A rule's Markdown page, from its object: docs/rules/ is generated and a test keeps it fresh. */
import { RULES } from './registry.ts';
import type { Rule } from './rule.ts';

const TITLES: Readonly<Record<Rule['examples'][number]['framework'], string>> = {
  torch: 'PyTorch',
  keras: 'Keras',
  tfjs: 'TensorFlow.js',
  flax: 'Flax',
  lasagne: 'Lasagne',
  numpy: 'NumPy',
};

const SEVERITY_OF: Readonly<Record<Rule['group'], string>> = {
  symmetry: 'An error at any depth: no training undoes it.',
  pairing: 'computed',
  scale: 'computed',
  bias: 'Information, or warning where the bias kills units.',
  plumbing: 'As the table of rules says.',
  activation: 'Warning.',
  training: 'Hint to warning.',
};

const COMPUTED = `Computed from the network, not fixed: over the longest chain of hidden weight layers without normalisation or skip connection, F is the ratio of the
input-dependent rms √(q − r) from the first to the last pre-activation and G the product of the layers' gradient gains γ = √(fan_in·Var(W)·E[φ′²]) and of known factors in forward.

| largest of \\|log₁₀ F\\|, \\|log₁₀ G\\| | severity |
|---|---|
| < 1 | hint |
| 1 – 3 | information |
| 3 – 6 | warning |
| ≥ 6 | error |

Behind a normalisation layer, inside a residual branch of a normalised network, and where sizes or depth are not known it is a hint.`;

const FIX: Readonly<Record<Rule['group'], string>> = {
  symmetry: "Draws the weights from the initializer recommended for the layer's activation.",
  pairing: 'Writes the initializer that belongs to the activation, as the framework’s own call or as the formula spelled out.',
  scale:
    'Writes the recommended initializer, where one draw is to blame. Otherwise change what the message names: the factor, the activation, or add a normalisation.',
  bias: 'Writes zeros.',
  plumbing: 'As the title of the fix says.',
  activation: 'None: this is a decision about the model.',
  training: 'As the title of the fix says.',
};

const example = ({ framework, bad, good }: Rule['examples'][number]): string => {
  const fence = framework === 'tfjs' ? '```js' : '```python';
  return [`### ${TITLES[framework]}`, '', fence, bad.trimEnd(), '```', '', 'Better:', '', fence, good.trimEnd(), '```'].join('\n');
};

const where = ({ frameworks }: Rule): string => (frameworks ? ` · ${frameworks.map((name) => TITLES[name]).join(', ')}` : '');

export const renderRule = (rule: Rule): string => {
  const severity = rule.docs.severity ?? SEVERITY_OF[rule.group];
  return [
    `# ${rule.name}`,
    '',
    rule.docs.what,
    '',
    `Group: ${rule.group}${rule.tier === 'preview' ? ' · preview' : ''}${where(rule)}`,
    '',
    '## Why',
    '',
    rule.docs.why,
    '',
    '## Severity',
    '',
    severity === 'computed' ? COMPUTED : severity,
    '',
    '## Examples',
    '',
    rule.examples.map(example).join('\n\n'),
    '',
    '## Fix',
    '',
    rule.docs.fix ?? `${FIX[rule.group]} The fix changes training, and its title says so.`,
    '',
    '## When not to follow it',
    '',
    rule.docs.exceptions,
    '',
    'To silence it on one line, with a reason for the next reader:',
    '',
    '```python',
    `...  # initlens: ignore[${rule.name}] -- reason`,
    '```',
    '',
    `A comment alone on a line is for the next line; \`# initlens: ignore-file[${rule.name}]\` is for the file.`,
    '',
    '## References',
    '',
    ...rule.docs.references.map((reference) => `- ${reference}`),
    '',
  ].join('\n');
};

const INDEX_HEADING = [
  '# Rules',
  '',
  'Generated from `server/src/rules`; `npm run docs` writes these pages.',
  '',
  '| rule | flags |',
  '|---|---|',
];

/** File name in docs/rules → text. */
export const renderAll = (rules: readonly Rule[] = RULES): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(rules.map((rule) => [`${rule.name}.md`, renderRule(rule)])),
  'README.md': [...INDEX_HEADING, ...rules.map((rule) => `| [${rule.name}](${rule.name}.md) | ${rule.docs.what} |`), ''].join('\n'),
});

const GROUPS: Readonly<Record<Rule['group'], string>> = {
  symmetry: 'Symmetry',
  pairing: 'Initializer against activation',
  scale: 'Scale',
  bias: 'Bias',
  plumbing: 'Plumbing',
  activation: 'Activations and structure',
  training: 'Loss, optimizer, data',
};

/** The list of rules in the project's README, a line a group. */
export const renderGroups = (rules: readonly Rule[] = RULES): string =>
  Object.entries(GROUPS)
    .map(([group, title]) => {
      const links = rules.filter((rule) => rule.group === group).map(({ name }) => `[${name}](docs/rules/${name}.md)`);
      return `- **${title}**: ${links.join(', ')}`;
    })
    .join('\n');
