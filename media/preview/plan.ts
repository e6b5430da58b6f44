/** What of a network is run on this device: how many samples, and which wide tables are cut. Everything that is cut is said. */
import type { NetworkDto, NodeDto, ParameterDto } from '../../server/src/protocol.ts';
import type { BackendInfo } from './messages.ts';

/** Elements of one activation, and multiplications of one pass, that a backend is trusted with. */
interface Budget {
  readonly elements: number;
  readonly multiplications: number;
  /** Elements of all activations together, while the gradient needs them kept. */
  readonly kept: number;
}

const BUDGETS: Readonly<Record<'gpu' | 'software' | 'wasm' | 'cpu', Budget>> = {
  gpu: { elements: 2 ** 25, multiplications: 2e12, kept: 2 ** 26 },
  software: { elements: 2 ** 22, multiplications: 1e10, kept: 2 ** 23 },
  wasm: { elements: 2 ** 23, multiplications: 4e10, kept: 2 ** 24 },
  cpu: { elements: 2 ** 21, multiplications: 2e9, kept: 2 ** 22 },
};

export const budget = (backend: Pick<BackendInfo, 'name' | 'software'>): Budget => {
  if (backend.name === 'wasm' || backend.name === 'cpu') return BUDGETS[backend.name];
  return backend.software ? BUDGETS.software : BUDGETS.gpu;
};

/** A tensor that is larger than this is not made at all. */
export const MAX_ELEMENTS = 2 ** 28;
const MAX_TABLE = 2 ** 22;
const MIN_ROWS = 1024;
const MIN_BATCH = 2;

const product = (list: readonly number[]): number => list.reduce((a, b) => a * b, 1);

/** Multiplications a sample: a weight is used once for each position of the output. */
const cost = (node: NodeDto, cuts: Cuts): number => {
  const shape = node.shape ?? [];
  const weights = node.params.reduce((sum, p) => sum + (p.shape.length > 1 ? product(cutShape(p, cuts)) : 0), 0);
  switch (node.op.kind) {
    case 'dense':
    case 'attention':
    case 'bilinear':
      return weights * product(shape.slice(0, -1));
    case 'conv':
    case 'convTranspose': {
      const spatial = node.op.channelAxis === -1 ? shape.slice(0, -1) : shape.slice(1);
      return weights * product(spatial);
    }
    case 'recurrent':
      return weights * (shape.length > 1 ? (shape[0] as number) : 1);
    default:
      return 0;
  }
};

export interface Cut {
  readonly axis: number;
  readonly size: number;
}

export type Cuts = ReadonlyMap<number, Cut>;

/** A parameter's shape as it is drawn. */
export const cutShape = (p: ParameterDto, cuts: Cuts): readonly number[] => {
  const cut = cuts.get(p.storage);
  return cut === undefined ? p.shape : p.shape.map((n, axis) => (axis === cut.axis ? Math.min(n, cut.size) : n));
};

/** Elements of a node's output for one sample, as it is run. */
const outputSize = (node: NodeDto, cuts: Cuts): number => {
  if (node.shape === null) return 0;
  const cut = node.op.kind === 'dense' ? cuts.get(node.params[0]?.storage ?? -1) : undefined;
  return cut === undefined ? product(node.shape) : product(node.shape.slice(0, -1)) * cut.size;
};

export interface Plan {
  readonly batch: number;
  /** Batch of the backward pass; 0 where the network is too large for one. */
  readonly gradientBatch: number;
  /** Parameters that are cut, by storage. */
  readonly cuts: Cuts;
  readonly sampled: readonly string[];
}

/** Rows of a table, and units of a last layer, are drawn alike: any of them tell what all do, with every fan as it is. */
const tableCuts = (network: NetworkDto): { readonly cuts: Cuts; readonly sampled: readonly string[] } => {
  const cuts = new Map<number, Cut>();
  const sampled: string[] = [];
  const consumed = new Set(network.nodes.flatMap((node) => node.inputs));
  const uses = (storage: number) => network.nodes.filter((node) => node.params.some((p) => p.storage === storage));
  const mayCut = (node: NodeDto): boolean => node.op.kind === 'embedding' || (node.op.kind === 'dense' && !consumed.has(node.id));
  for (const node of network.nodes) {
    const table = node.params[0];
    if (table === undefined || table.shape.length !== 2 || product(table.shape) <= MAX_TABLE || cuts.has(table.storage)) continue;
    if (!uses(table.storage).every(mayCut)) continue;
    const wide = node.op.kind === 'embedding' ? 0 : table.shape.indexOf(Number(node.op.kind === 'dense' ? node.op.outFeatures : -1));
    if (wide < 0) continue;
    const [all, other] = [table.shape[wide] as number, table.shape[1 - wide] as number];
    const size = Math.max(MIN_ROWS, Math.floor(MAX_TABLE / other));
    if (size >= all) continue;
    cuts.set(table.storage, { axis: wide, size });
    for (const p of node.params.slice(1)) if (p.shape.length === 1 && p.shape[0] === all) cuts.set(p.storage, { axis: 0, size });
    sampled.push(
      `${node.path}: ${size.toLocaleString('en')} of ${all.toLocaleString('en')} ${node.op.kind === 'embedding' ? 'rows' : 'units'}`,
    );
  }
  return { cuts, sampled };
};

export const makePlan = (network: NetworkDto, wanted: number, backend: Pick<BackendInfo, 'name' | 'software'>): Plan => {
  const limits = budget(backend);
  const { cuts, sampled } = tableCuts(network);
  const sizes = network.nodes.map((node) => outputSize(node, cuts));
  const largest = Math.max(1, ...sizes);
  const work = Math.max(
    1,
    network.nodes.reduce((sum, node) => sum + cost(node, cuts), 0),
  );
  const fits = Math.floor(Math.min(limits.elements / largest, limits.multiplications / work));
  const batch = Math.max(Math.min(MIN_BATCH, wanted), Math.min(wanted, fits));
  const total = Math.max(
    1,
    sizes.reduce((a, b) => a + b, 0),
  );
  // Backward costs about twice forward, and forward is run again for it.
  const gradientFits = Math.floor(Math.min(limits.kept / total, limits.multiplications / (3 * work)));
  return {
    batch,
    gradientBatch: gradientFits < MIN_BATCH ? 0 : Math.min(batch, gradientFits),
    cuts,
    sampled: [...(batch < wanted ? [`batch lowered from ${wanted} to ${batch}`] : []), ...sampled],
  };
};
