/** A layer as the page shows it: the node, what was measured, what was predicted, and whether the two agree. Pure. */
import type { NetworkDto, NodeDto } from '../../server/src/protocol.ts';
import { formatMean, formatNumber, formatShare } from './format.ts';
import type { LayerResult, LayerStatistics } from './messages.ts';

export interface Row {
  readonly node: NodeDto;
  readonly result: LayerResult | null;
  readonly statistics: LayerStatistics | null;
  readonly gradient: number | null;
  /** Measured over predicted rms. */
  readonly deviation: number | null;
  /** What is wrong with the layer, in a few words. */
  readonly marks: readonly string[];
}

/** Slack on the predicted band: figures of one draw on a small batch. */
const SLACK = 1.1;
const WITHOUT_BAND = 1.25;

const outside = (row: { node: NodeDto; statistics: LayerStatistics }): boolean => {
  const { predicted } = row.node;
  if (predicted === null || predicted.unstable || predicted.rms === 0) return false;
  const [low, high] = predicted.band ?? [predicted.rms / WITHOUT_BAND, predicted.rms * WITHOUT_BAND];
  return row.statistics.rms < low / SLACK || row.statistics.rms > high * SLACK;
};

const marksOf = (node: NodeDto, statistics: LayerStatistics): readonly string[] => [
  ...(statistics.nonFinite > 0 ? [`${statistics.nonFinite.toLocaleString('en')} NaN or ∞`] : []),
  ...(node.op.kind !== 'input' && statistics.dead >= 0.2 ? [`${formatShare(statistics.dead)} dead`] : []),
  ...((statistics.saturated ?? 0) >= 0.25 && !rectifies(node) ? [`${formatShare(statistics.saturated ?? 0)} saturated`] : []),
  ...(outside({ node, statistics }) ? ['not as predicted'] : []),
];

/** Half of a rectifier's inputs have no slope: that is how it works and nothing to point out. */
const rectifies = (node: NodeDto): boolean => node.op.kind === 'activation' && /relu|shrink|threshold/i.test(node.op.name);

export const makeRows = (
  network: NetworkDto,
  results: ReadonlyMap<number, LayerResult>,
  gradients: ReadonlyMap<number, number>,
): readonly Row[] =>
  network.nodes.map((node) => {
    const result = results.get(node.id) ?? null;
    const statistics = result?.state === 'ok' ? result.statistics : null;
    const rms = node.predicted?.rms ?? 0;
    return {
      node,
      result,
      statistics,
      gradient: gradients.get(node.id) ?? null,
      deviation: statistics === null || rms === 0 ? null : statistics.rms / rms,
      marks: statistics === null ? [] : marksOf(node, statistics),
    };
  });

/** What the run says, in sentences. */
export const measuredVerdict = (rows: readonly Row[]): string => {
  const measured = rows.filter((row) => row.statistics !== null);
  if (measured.length === 0) return '';
  const sentences: string[] = [];
  const broken = measured.find((row) => (row.statistics?.nonFinite ?? 0) > 0);
  if (broken !== undefined) sentences.push(`Values are NaN or infinite from ${broken.node.path} on.`);
  const compared = measured.filter(
    (row) => row.deviation !== null && row.node.predicted?.unstable === false && row.node.op.kind !== 'input',
  );
  const off = compared.filter((row) => row.marks.includes('not as predicted'));
  if (compared.length > 0) {
    sentences.push(
      off.length === 0
        ? `${compared.length === 1 ? 'The one predicted layer measures' : `All ${compared.length} predicted layers measure`} as predicted.`
        : `${compared.length - off.length} of ${compared.length} predicted layers measure as predicted; the first that does not is ${off[0]?.node.path}.`,
    );
  }
  const gradients = measured.filter((row) => row.gradient !== null && row.gradient > 0 && row.node.params.length > 0);
  const [first, last] = [gradients[0], gradients.at(-1)];
  if (first !== undefined && last !== undefined && first !== last) {
    const ratio = (first.gradient as number) / (last.gradient as number);
    sentences.push(`The gradient at ${first.node.path} is ${formatNumber(ratio)} of that at ${last.node.path}.`);
  }
  const stopped = rows.find((row) => row.result?.state === 'stopped');
  if (stopped !== undefined) sentences.push(`The run stops at ${stopped.node.path}.`);
  return sentences.join(' ');
};

export const COLUMNS = [
  'Layer',
  'Op',
  'Shape',
  'Mean',
  'Std',
  'RMS',
  'Predicted RMS',
  'Measured ÷ predicted',
  'Dead units',
  'Saturated',
  'Gradient RMS',
  'Predicted gradient',
] as const;

const DASH = '–';

/** One row's cells as text, in the order of COLUMNS. */
export const cells = (row: Row): readonly string[] => {
  const { statistics: s, node } = row;
  const predicted = node.predicted;
  const some = (x: number | null | undefined, f: (x: number) => string): string => (x === null || x === undefined ? DASH : f(x));
  return [
    node.path,
    node.label,
    row.result?.shape ? row.result.shape.join('×') : DASH,
    s === null ? DASH : formatMean(s.mean, s.rms),
    some(s?.std, formatNumber),
    some(s?.rms, formatNumber),
    predicted === null ? DASH : predicted.unstable ? 'unstable' : formatNumber(predicted.rms),
    some(row.deviation, (x) => `×${formatNumber(x)}`),
    some(s?.dead, formatShare),
    some(s?.saturated, formatShare),
    some(row.gradient, formatNumber),
    some(predicted?.gradientRms, formatNumber),
  ];
};

export const markdown = (rows: readonly Row[]): string => {
  const line = (values: readonly string[]): string => `| ${values.map((v) => v.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(COLUMNS), line(COLUMNS.map(() => '---')), ...rows.map((row) => line(cells(row)))].join('\n');
};
