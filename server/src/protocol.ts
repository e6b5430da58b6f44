/** Every message and DTO that crosses to the client and to the preview page. Plain JSON; imports types only. */
import type { Distribution } from './network/distribution.ts';
import type { ParameterRole } from './network/network.ts';
import type { Op } from './network/op.ts';

/** Custom LSP requests (client → server) and notifications (server → client). */
export const Methods = {
  /** PreviewParams → PreviewData | null */
  preview: 'initlens/preview',
  /** { uri } → InspectResult of the file as a value (Show network) */
  inspect: 'initlens/inspect',
  /** client → server: { path }: the Python that the author chose in the editor */
  interpreter: 'initlens/interpreter',
  /** server → client: StatusParams */
  status: 'initlens/status',
  /** server → client: { uri }: networks of this document changed; an open preview asks again */
  changed: 'initlens/changed',
} as const;

export interface StatusParams {
  readonly state: 'starting' | 'ready' | 'busy' | 'error';
  readonly message: string;
  /** Networks and findings of the document that was analysed last. */
  readonly uri?: string;
  readonly networks?: number;
  readonly findings?: number;
}

export interface PreviewParams {
  readonly uri: string;
  /** Name of the model; else the one at `offset`; else the first. */
  readonly model?: string;
  readonly offset?: number;
  /** Values for symbols by name, from the panel's fields. */
  readonly sizes?: Readonly<Record<string, number>>;
}

export interface PreviewData {
  /** Of the document, or of the notebook where a cell was asked about. */
  readonly uri: string;
  readonly version: number;
  /** All models of the document, for the panel's menu. */
  readonly models: readonly string[];
  readonly network: NetworkDto | null;
  /** Why there is no network to show. */
  readonly problem: string | null;
}

/** A network with every size a number: what the preview page runs. */
export interface NetworkDto {
  readonly name: string;
  readonly framework: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly nodes: readonly NodeDto[];
  /** Sizes that were assumed: name, value and why. */
  readonly assumed: readonly { readonly name: string; readonly value: number; readonly why: string }[];
  /** The engine's verdict in words, and the rules' findings in the document's range. */
  readonly verdict: string;
  readonly findings: readonly {
    readonly rule: string;
    readonly severity: string;
    readonly message: string;
    readonly node: number | null;
  }[];
}

export interface NodeDto {
  readonly id: number;
  /** Sizes inside are numbers. */
  readonly op: Op;
  readonly path: string;
  readonly label: string;
  readonly inputs: readonly number[];
  /** Output shape without batch; null where unknown (the run stops before it and says so). */
  readonly shape: readonly number[] | null;
  readonly params: readonly ParameterDto[];
  /** Absolute UTF-16 offsets in the document (null: another file), in a notebook in the cell of that URI. */
  readonly start: number | null;
  readonly end: number | null;
  readonly cell?: string;
  readonly predicted: PredictedDto | null;
}

export interface ParameterDto {
  readonly name: string;
  readonly role: ParameterRole;
  /** Framework's own order. */
  readonly shape: readonly number[];
  /** Numbers inside are numbers; fans are resolved. */
  readonly distribution: Distribution;
  readonly storage: number;
}

export interface PredictedDto {
  readonly mean: number;
  readonly std: number;
  readonly rms: number;
  readonly band: readonly [number, number] | null;
  readonly gradientRms: number | null;
  readonly unstable: boolean;
}
