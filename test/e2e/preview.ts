/** Reads the preview panel's table, as a screen reader would: by column names, figures with the precision that they are shown with. */
import type { Workbench } from './workbench.ts';

export interface Figure {
  readonly value: number;
  /** Half a unit of the last digit shown. */
  readonly precision: number;
}

export interface PreviewRow {
  readonly layer: string;
  /** Null where nothing was run. */
  readonly rms: Figure | null;
  readonly predicted: Figure | null;
}

const COMPLETE_MS = 60_000;
const POLL_MS = 250;

/** '0.028' → 0.028 ± 0.0005, '2.7e−4' → 2.7e-4 ± 5e-6, '1,234' → 1234 ± 0.5; null for a dash or a word. */
export function readFigure(text: string): Figure | null {
  const plain = text.replaceAll(',', '').replaceAll('−', '-').trim();
  const match = /^-?\d+(?:\.(\d+))?(?:e(-?\d+))?$/.exec(plain);
  if (!match) return null;
  const lastDigit = 10 ** (Number(match[2] ?? 0) - (match[1]?.length ?? 0));
  return { value: Number(plain), precision: lastDigit / 2 };
}

async function readTable(workbench: Workbench): Promise<PreviewRow[]> {
  const table = workbench.webview().locator('table').first();
  const columns = await table.locator('thead th').allTextContents();
  // In one go: the panel draws its rows anew whenever a layer has run.
  const rows = await table.locator('tbody tr').evaluateAll((elements) =>
    elements.map((row) => ({
      layer: row.querySelector('th button')?.textContent ?? '',
      cells: [...row.children].map((cell: { readonly textContent: string | null }) => cell.textContent ?? ''),
    })),
  );
  return rows.map(({ layer, cells }) => {
    const figure = (column: string) => readFigure(cells[columns.indexOf(column)] ?? '');
    return { layer, rms: figure('RMS'), predicted: figure('Predicted RMS') };
  });
}

/** The table once it is about these layers and every one of them was run; what there is when that does not come about. */
export async function previewRows(workbench: Workbench, layers: readonly string[]): Promise<PreviewRow[]> {
  const until = Date.now() + COMPLETE_MS;
  for (;;) {
    const rows = await readTable(workbench);
    const complete = rows.length === layers.length && rows.every((row, i) => row.layer === layers[i] && row.rms !== null);
    if (complete || Date.now() > until) return rows;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
