/** Hover over a layer, an initializer or an activation: how the weights start and what that does to signal and gradient. */
import { type Hover, MarkupKind, type Position } from 'vscode-languageserver';
import type { NetworkResult } from '../analyze.ts';
import { ACTIVATIONS } from '../knowledge/activations.ts';
import { momentsOf } from '../network/moments.ts';
import type { Init, Node, Parameter } from '../network/network.ts';
import { type Dim, formatScalar, isNumber } from '../network/scalar.ts';
import { resolve, type Span } from '../text/span.ts';
import { predictedDto } from '../workspace/networkDto.ts';
import { rulePage } from '../workspace/ruleLinks.ts';
import { figure, formulaOf, schemeOf } from './distributionText.ts';
import type { Target } from './session.ts';

/** One source span may build many layers; the table shows the first few and says how many there are. */
const MAX_ROWS = 8;

interface Hit {
  readonly result: NetworkResult;
  readonly node: Node;
  readonly start: number;
  readonly end: number;
}

const isLayer = ({ params }: Node): boolean =>
  params.some(({ role }) => role === 'weight' || role === 'recurrentWeight' || role === 'embedding');

const spansOf = (node: Node): readonly Span[] => [
  node.nameSpan,
  ...node.params.flatMap(({ init }) => (init.source === 'default' ? [] : [init.span])),
];

/** Everything whose name or initializer is under the cursor; only the narrowest spans of them. */
const hitsAt = ({ analysis, file }: Target, offset: number): readonly Hit[] => {
  const hits: Hit[] = [];
  for (const result of analysis.networks) {
    for (const node of result.network.nodes) {
      if (!isLayer(node) && node.op.kind !== 'activation') continue;
      for (const span of spansOf(node)) {
        const range = resolve(span);
        if (range.file === file && range.start <= offset && offset <= range.end) hits.push({ result, node, ...range });
      }
    }
  }
  const narrowest = Math.min(...hits.map(({ start, end }) => end - start));
  const seen = new Set<string>();
  return hits.filter(({ start, end, node, result }) => {
    const key = `${result.network.name}/${node.id}`;
    if (end - start !== narrowest || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
};

/** Text that is somebody's source must not become markup. */
const plain = (text: string): string => text.replace(/[\\`*_{}[\]<>|#]/g, '\\$&').replace(/\s+/g, ' ');

const code = (text: string): string => `\`${text.replace(/[`\s]+/g, ' ')}\``;

const dim = (size: Dim | null): string => (size === null ? 'unknown' : isNumber(size) ? String(size) : code(formatScalar(size)));

const initLine = ({ path }: Parameter, init: Init): string => {
  const scheme = schemeOf(init.distribution);
  const from = init.source === 'default' ? 'the default' : code(init.name);
  return `${code(path)}: ${scheme === null ? '' : `**${scheme}** `}${code(formulaOf(init.distribution))} — ${from}`;
};

const stdOf = (parameter: Parameter, { signal }: NetworkResult): string => {
  const moments = momentsOf(parameter.init.distribution, (name) => signal.assumed.get(name)?.value);
  return moments ? figure(moments.std) : '–';
};

const weightOf = (node: Node): Parameter | undefined => node.params.find(({ role }) => role !== 'bias' && role !== 'recurrentBias');

const rowOf = ({ node, result }: Hit): string => {
  const weight = weightOf(node);
  const predicted = predictedDto(result.signal.nodes[node.id]);
  const trusted = predicted && !predicted.unstable ? predicted : null;
  const cells = [
    code(node.path),
    weight ? dim(weight.frameworkFans.fanIn) : '–',
    weight ? dim(weight.frameworkFans.fanOut) : '–',
    weight ? stdOf(weight, result) : '–',
    trusted ? figure(trusted.rms) : predicted?.unstable ? 'unstable' : '–',
    trusted?.gradientRms === undefined || trusted.gradientRms === null ? '–' : figure(trusted.gradientRms),
  ];
  return `| ${cells.join(' | ')} |`;
};

const table = (hits: readonly Hit[]): string[] => [
  '| layer | fan_in | fan_out | weight std | output rms | gradient rms |',
  '|:--|--:|--:|--:|--:|--:|',
  ...hits.slice(0, MAX_ROWS).map(rowOf),
];

const activationLines = (name: string): string[] => {
  const row = ACTIVATIONS.get(name);
  if (!row) return [];
  return [`**${plain(row.title)}** ${plain(row.formula)}`, '', `Reference: ${citation(row.citation)}`];
};

/** arXiv numbers become links. */
const citation = (text: string): string =>
  plain(text).replace(/arXiv:(\d{4}\.\d{4,5})/, (_, id: string) => `[arXiv:${id}](https://arxiv.org/abs/${id})`);

const nextLines = (hit: Hit): string[] => {
  const next = hit.result.facts.next(hit.node)[0];
  if (!next) return [];
  const row = ACTIVATIONS.get(next.name);
  const via = next.via.length > 0 ? ` through ${next.via.join(', ')}` : '';
  return ['', `Next activation: **${plain(row?.title ?? next.name)}**${via}${row ? ` (${citation(row.citation)})` : ''}`];
};

const ruleLines = (hits: readonly Hit[], file: string): string[] => {
  const rules = new Set<string>();
  for (const { result, node } of hits) {
    for (const finding of result.findings) {
      const at = resolve(finding.span);
      const here = spansOf(node).some((span) => {
        const range = resolve(span);
        return range.file === at.file && at.file === file && at.start >= range.start && at.end <= range.end;
      });
      if (here) rules.add(finding.rule);
    }
  }
  return rules.size === 0 ? [] : ['', [...rules].map((rule) => `[${rule}](${rulePage(rule)})`).join(' · ')];
};

const assumedLines = ({ result }: Hit): string[] => {
  const { assumed } = result.signal;
  if (assumed.size === 0) return [];
  const list = [...assumed].slice(0, 6).map(([name, { value }]) => `${code(name)} = ${value}`);
  return ['', `Assumed: ${list.join(', ')}`];
};

export const hoverAt = (target: Target, position: Position): Hover | null => {
  const { document, snapshot } = target;
  const hits = hitsAt(target, snapshot.offsetAt(document, position));
  const first = hits[0];
  if (!first) return null;
  const lines: string[] = [];
  const { node, result } = first;
  const size = hits.length > 1 ? ` × ${hits.length}` : '';
  lines.push(`**${plain(node.label)}**${size} in ${plain(result.network.name)}`, '');
  if (node.op.kind === 'activation') lines.push(...activationLines(node.op.name), '');
  for (const parameter of node.params) lines.push(`- ${initLine(parameter, parameter.init)}`);
  lines.push('', ...table(hits));
  if (hits.length > MAX_ROWS) lines.push('', `and ${hits.length - MAX_ROWS} more built here`);
  lines.push(...nextLines(first), ...assumedLines(first), ...ruleLines(hits, target.file));
  const range = snapshot.place(first.start, first.end)?.range;
  return { contents: { kind: MarkupKind.Markdown, value: lines.join('\n') }, ...(range ? { range } : {}) };
};
