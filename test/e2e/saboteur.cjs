// Stands where dist/server.cjs stood, runs the real server and spoils its answers: the negative control of each end-to-end check.
// INITLENS_BREAK names what is spoilt; the check of that name must then fail.
const { fork } = require('node:child_process');
const { join } = require('node:path');

const what = process.env.INITLENS_BREAK;

/** Scales the numbers of a distribution, so that what the panel samples is not what the source says. */
function scaled(distribution, factor) {
  const changed = { ...distribution };
  for (const key of ['low', 'high', 'std', 'gain']) if (typeof changed[key] === 'number') changed[key] *= factor;
  if (typeof changed.scale === 'number') changed.scale *= factor * factor;
  return changed;
}

const mapNodes = (data, change) =>
  data?.network ? { ...data, network: { ...data.network, nodes: data.network.nodes.map(change) } } : data;

/** The first report is let through, later ones repeat it: a squiggle that does not go away. */
let firstItems;

/** name of a check → what happens to the result of which request. */
const spoil = {
  squiggle: { 'textDocument/diagnostic': (report) => ({ ...report, items: [] }) },
  problems: { 'textDocument/diagnostic': (report) => ({ ...report, items: report.items?.map(({ code, ...rest }) => rest) }) },
  hover: { 'textDocument/hover': () => null },
  'quick-fix': { 'textDocument/codeAction': () => [] },
  applied: { 'textDocument/codeAction': (actions) => actions?.map((action) => ({ ...action, edit: { changes: {} } })) },
  cured: {
    'textDocument/diagnostic': (report) => {
      if (report.items?.length > 0) firstItems ??= report.items;
      return firstItems ? { kind: 'full', items: firstItems } : report;
    },
  },
  preview: { 'initlens/preview': () => null },
  sampled: {
    'initlens/preview': (data) =>
      mapNodes(data, (node) => ({
        ...node,
        params: node.params.map((parameter) => ({ ...parameter, distribution: scaled(parameter.distribution, 1.25) })),
      })),
  },
  predicted: {
    'initlens/preview': (data) =>
      mapNodes(data, (node) => (node.predicted ? { ...node, predicted: { ...node.predicted, rms: node.predicted.rms * 1.5 } } : node)),
  },
};

const rules = spoil[what];
if (!rules) throw new Error(`INITLENS_BREAK is "${what}"; it can be ${Object.keys(spoil).join(', ')}.`);

/** Requests of the client that are not answered yet: id → method. */
const pending = new Map();

function fromClient(message) {
  if (message.method !== undefined && message.id !== undefined) pending.set(message.id, message.method);
  return message;
}

function fromServer(message) {
  if (message.method !== undefined || message.result === undefined) return message;
  const change = rules[pending.get(message.id)];
  pending.delete(message.id);
  return change ? { ...message, result: change(message.result) } : message;
}

// The client talks to its server over Node's IPC.
const server = fork(join(__dirname, 'server.real.cjs'), process.argv.slice(2));
process.on('message', (message) => server.send(fromClient(message)));
process.on('disconnect', () => server.kill());
server.on('message', (message) => process.send(fromServer(message)));
server.on('exit', (code) => process.exit(code ?? 1));
