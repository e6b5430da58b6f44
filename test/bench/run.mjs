// npm run bench: what the tool costs, each figure beside its budget. Exit code 1 when one is over (--report: always 0).
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { benchCommandLine } from './cli.mjs';
import { benchServer } from './lsp.mjs';
import { report } from './measure.mjs';
import { benchParts } from './parts.mjs';

const dist = join(import.meta.dirname, '../../dist');
const rows = [...(await benchServer(join(dist, 'server.cjs'))), ...benchCommandLine(join(dist, 'cli.cjs')), ...(await benchParts())];
const within = report(rows);
const [load] = loadavg();
if (load > availableParallelism()) {
  console.log(
    `The machine was busy (load ${load.toFixed(1)} on ${availableParallelism()} cores): times are longer than they are by themselves.`,
  );
}
process.exitCode = within || process.argv.includes('--report') ? 0 : 1;
