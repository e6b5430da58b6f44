/** What the signal engine predicts for a file's first network, asked of the command line: not of the panel that is to be checked. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));

export interface Prediction {
  /** Path of the node: the layer's name in the panel. */
  readonly layer: string;
  /** Null where the engine does not know. */
  readonly rms: number | null;
  /** Between these a draw of the weights and inputs has to fall. */
  readonly low: number;
  readonly high: number;
}

interface InspectedNode {
  readonly path: string;
  readonly forward: { readonly rms: number; readonly band: readonly [number, number] | null; readonly unstable?: boolean } | null;
}

/** The band holds 90 % of the draws. A file has dozens of nodes, so it is widened until a right one all but never falls out. */
const WIDENING = 2.5;
/** Sampling error of the inputs where the engine gives no band. */
const WITHOUT_BAND = 1.1;

function toPrediction({ path, forward }: InspectedNode): Prediction {
  if (!forward || forward.unstable) return { layer: path, rms: null, low: 0, high: 0 };
  const { rms, band } = forward;
  const low = band ? (band[0] / rms) ** WIDENING : 1;
  const high = band ? (band[1] / rms) ** WIDENING : 1;
  return { layer: path, rms, low: rms * Math.min(low, 1 / WITHOUT_BAND), high: rms * Math.max(high, WITHOUT_BAND) };
}

export function predictionsOf(file: string): Prediction[] {
  const { stdout, status, stderr } = spawnSync(process.execPath, [cli, 'inspect', file, '--format', 'json'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`initlens inspect ${file} ended with ${status}: ${stderr}`);
  const nodes: readonly InspectedNode[] = JSON.parse(stdout).files[0].networks[0].nodes;
  return nodes.map(toPrediction);
}
