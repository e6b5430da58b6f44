// Stands where dist/server.cjs stood, runs the real server and spoils its answers: the negative control of each end-to-end check.
// INITLENS_BREAK names what is spoilt; the check of that name must then fail.
const { fork, spawn } = require('node:child_process');
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

/** Calls back with each message of a stream framed by Content-Length. */
function readFrames(stream, each) {
  let buffer = Buffer.alloc(0);
  stream.on('data', (data) => {
    buffer = Buffer.concat([buffer, data]);
    for (;;) {
      const head = buffer.indexOf('\r\n\r\n');
      const length = head < 0 ? undefined : /content-length: *(\d+)/i.exec(buffer.toString('latin1', 0, head))?.[1];
      const end = head + 4 + Number(length);
      if (length === undefined || buffer.length < end) return;
      const body = buffer.toString('utf8', head + 4, end);
      buffer = buffer.subarray(end);
      each(JSON.parse(body));
    }
  });
}

function writeFrame(stream, message) {
  const body = Buffer.from(JSON.stringify(message));
  stream.write(`Content-Length: ${body.length}\r\n\r\n`);
  stream.write(body);
}

const server = join(__dirname, 'server.real.cjs');
const args = process.argv.slice(2);
let child;
if (process.send) {
  child = fork(server, args);
  process.on('message', (message) => child.send(fromClient(message)));
  child.on('message', (message) => process.send(fromServer(message)));
  process.on('disconnect', () => child.kill());
} else {
  child = spawn(process.execPath, [server, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  readFrames(process.stdin, (message) => writeFrame(child.stdin, fromClient(message)));
  readFrames(child.stdout, (message) => writeFrame(process.stdout, fromServer(message)));
  process.stdin.on('end', () => child.stdin.end());
}
child.on('exit', (code) => process.exit(code ?? 1));
