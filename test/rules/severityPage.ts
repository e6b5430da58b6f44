/** docs/severity.md: the table of verdicts beside what PyTorch measured. */
import { number } from '../../server/src/rules/figures.ts';
import { FORMS, type Judged, judgedPrograms, SEEDS, TORCH } from './measuredSeverity.ts';
import { GROUNDS, isSensible, OFF, offIn, sizeOf, TOLERANCE } from './severityBounds.ts';

const spelled = (x: number | null | undefined): string => (x === null || x === undefined ? '?' : x === 0 ? '0' : number(x));

/** What changes furthest, as measured, with its letter: g the gradient between weight layers, G from end to end, F the signal. */
const furthest = (p: Judged): string => {
  const all = [
    ['g', p.gradient],
    ['G', p.G],
    ['F', p.signal],
  ] as const;
  const known = all.filter((one) => one[1] !== null).map(([letter, range]) => [letter, range?.[0] ?? 0] as const);
  const [letter, value] = known.reduce((a, b) => (Math.abs(Math.log10(b[1])) > Math.abs(Math.log10(a[1])) ? b : a));
  return `${letter} ${spelled(value)}`;
};

const cell = (p: Judged): string => {
  const mark = isSensible(p) ? '' : ' \\*';
  return `${p.verdict}${mark}<br>${spelled(p.gradient?.[0])} (${spelled(p.predicted.gradient)})`;
};

const rowsOf = (programs: readonly Judged[]): readonly string[] => {
  const keys = [...new Set(programs.map((p) => p.key))];
  return keys.map((key) => {
    const own = programs.filter((p) => p.key === key);
    const { rule, what } = own[0] as Judged;
    const name = rule === '' ? '_nothing wrong_' : `[${rule}](rules/${rule}.md)`;
    return `| ${name} | ${what} | ${FORMS.map((form) => cell(own.find((p) => p.form === form) as Judged)).join(' | ')} |`;
  });
};

const reach = (size: number): string => (Number.isFinite(size) ? `${size.toFixed(1)} decades` : 'nothing is left');

const partings = (programs: readonly Judged[]): readonly string[] =>
  GROUNDS.flatMap((ground) => {
    const own = programs.filter((p) => !isSensible(p) && ground.covers(p));
    if (own.length === 0) return [];
    const lines = own.map((p) => `  - ${p.key}, ${p.form}: ${p.verdict}; ${furthest(p)} (${reach(sizeOf(p))})`);
    return [`- ${ground.why}`, ...lines];
  });

const errors = (programs: readonly Judged[]): readonly string[] =>
  programs.flatMap((p) =>
    offIn(p).map(
      ({ figure, predicted, measured, log }) =>
        `| ${p.key}, ${p.form} | ${figure} | ${spelled(predicted)} | ${spelled(measured)} | ${log.toFixed(2)} | ${OFF[p.key]?.why ?? ''} |`,
    ),
  );

export const renderSeverity = (): string => {
  const programs = judgedPrograms();
  const figures = programs.flatMap((p) => offIn(p, -1)).map((e) => Math.abs(e.log));
  const sorted = [...figures].sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(3);
  const parted = programs.filter((p) => !isSensible(p)).length;
  return [
    '# How severe, and is it so?',
    '',
    `Generated from \`test/golden/severity.json\`; \`npm run docs\` writes this page. ${programs.length} programs, each a way to draw weights in a network of one of five`,
    `forms, were run in PyTorch ${TORCH.split('+')[0]} (${SEEDS} seeds, float64) and read by InitLens. A program is real source; \`test/golden/severity_programs.py\` writes it.`,
    '',
    '- **shallow**: 3 layers. **deep**: 20 (LSTM 8). **normalised**: deep, with BatchNorm (LSTM: LayerNorm) behind each layer. **residual**: deep, x + W₂φ(W₁x), no',
    '  normalisation. **pre-norm**: the same with a norm in front of each branch.',
    '- A cell has the verdict (a severity alone is the row’s own rule, – is silence), and below it the ratio of the rms gradient at the first weight',
    '  layer’s output to that at the last: as measured, and in brackets as InitLens computes it without running anything.',
    '- \\* marks a verdict that is not the one of the measured figures; why is said under the table.',
    '',
    `| rule | draw | ${FORMS.join(' | ')} |`,
    `|---|---|${FORMS.map(() => '---').join('|')}|`,
    ...rowsOf(programs),
    '',
    '## Where verdict and measurement part',
    '',
    'The measured severity is that of the rules’ table (under one decade a hint or silence, to 3 information, to 6 a warning, beyond an error),',
    'read at whatever moves furthest from the first to the last weight layer: the gradient (g), the gradient from the input of the network to that of its',
    `head (G), or the part of the signal that depends on the input (F); within 0.3 decades of a bound both sides count. ${parted} of ${programs.length} verdicts differ:`,
    '',
    ...partings(programs),
    '',
    '## Where figures part',
    '',
    `Over all programs half of the predicted ratios are within ${at(0.5)} decades of the measured median, nine tenths within ${at(0.9)}. Those that are more than ${TOLERANCE} off:`,
    '',
    '| program | figure | predicted | measured | decades | why |',
    '|---|---|---|---|---|---|',
    ...errors(programs),
    '',
  ].join('\n');
};
