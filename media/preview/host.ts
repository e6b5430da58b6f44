/** What passes between the preview's page and the extension. Plain data; the extension imports these types too. */
import type { PreviewData } from '../../server/src/protocol.ts';

/** What the page keeps over a reload of the window. */
/** One axis for all layers, an axis each, or the one of these that shows more. */
export type ScaleChoice = 'auto' | 'shared' | 'layer';

export interface SavedState {
  readonly uri: string | null;
  readonly model: string | null;
  readonly seed: number;
  readonly batch: number;
  readonly backend: string;
  readonly view: { readonly scale: ScaleChoice; readonly track: 'rms' | 'gradient' };
  readonly sizes: Readonly<Record<string, number>>;
}

export type ToHost =
  | { readonly type: 'ready'; readonly state: SavedState | null }
  /** Another model, or other values for symbols: ask the server again. */
  | { readonly type: 'request'; readonly model: string | null; readonly sizes: Readonly<Record<string, number>> }
  | { readonly type: 'reveal'; readonly uri: string; readonly start: number; readonly end: number }
  | { readonly type: 'copy'; readonly text: string };

export type FromHost =
  | { readonly type: 'data'; readonly data: PreviewData }
  /** The document changed; what is shown is old until new data comes. */
  | { readonly type: 'stale' }
  | { readonly type: 'problem'; readonly message: string };
