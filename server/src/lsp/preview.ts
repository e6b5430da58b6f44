/** `initlens/preview`: the model that was asked for, with every size a number. */
import type { NetworkResult } from '../analyze.ts';
import type { NetworkDto, PreviewData, PreviewParams } from '../protocol.ts';
import { resolve } from '../text/span.ts';
import { networkDto } from '../workspace/networkDto.ts';
import type { Analysed, Target } from './session.ts';

/** By name, else the model around the cursor (the innermost, the last before it), else the first. */
const choose = (networks: readonly NetworkResult[], file: string, { model, offset }: PreviewParams): NetworkResult | undefined => {
  const named = model === undefined ? undefined : networks.find(({ network }) => network.name === model);
  if (named || offset === undefined) return named ?? networks[0];
  const size = ({ network }: NetworkResult) => network.span.end - network.span.start;
  const around = networks
    .filter(({ network }) => {
      const range = resolve(network.span);
      return range.file === file && range.start <= offset && offset <= range.end;
    })
    .sort((a, b) => size(a) - size(b));
  return around[0] ?? networks[0];
};

const validSizes = (sizes: unknown): Readonly<Record<string, number>> => {
  if (typeof sizes !== 'object' || sizes === null) return {};
  return Object.fromEntries(Object.entries(sizes).filter(([, size]) => typeof size === 'number' && Number.isFinite(size) && size > 0));
};

const problemOf = ({ analysis }: Analysed): string => {
  const reason = analysis.issues[0]?.message;
  return reason === undefined ? 'No model was found in this file.' : `No model could be read from this file: ${reason}`;
};

/** Offsets of nodes as the editor counts them: in a notebook, in the cell. */
const placed = (network: NetworkDto, { snapshot }: Analysed): NetworkDto => ({
  ...network,
  nodes: network.nodes.map((node) => {
    const place = node.start === null || node.end === null ? null : snapshot.place(node.start, node.end);
    return place === null || place.cell === null ? node : { ...node, cell: place.document.uri, start: place.start, end: place.end };
  }),
});

/** The cursor of a notebook counts in its cell. */
const inText = ({ snapshot, document }: Target, params: PreviewParams): PreviewParams =>
  params.offset === undefined ? params : { ...params, offset: snapshot.offsetAt(document, document.positionAt(params.offset)) };

export const previewData = (target: Target, params: PreviewParams): PreviewData => {
  const { networks } = target.analysis;
  const models = [...new Set(networks.map(({ network }) => network.name))];
  const common = { uri: target.uri, version: target.snapshot.version, models };
  const chosen = choose(networks, target.file, inText(target, params));
  if (!chosen) return { ...common, network: null, problem: problemOf(target) };
  const network = placed(networkDto(chosen, { file: target.file, sizes: validSizes(params.sizes) }), target);
  return { ...common, network, problem: null };
};
