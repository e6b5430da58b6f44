// The language server as an editor meets it: spawn to ready, open to diagnostics, keystroke to diagnostics, memory; over stdio.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import { bigModel } from './bigModel.mjs';
import { median, pause, percentile } from './measure.mjs';

const URI = 'file:///bench/model.py';

const residentMegabytes = (pid) => {
  const status = `/proc/${pid}/status`;
  return existsSync(status) ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(status, 'utf8'))[1]) / 1024 : Number.NaN;
};

/** Processor time that a process has used, in ms; the kernel counts in hundredths of a second. */
const processorTime = (pid) => {
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return Number.NaN;
  const fields = readFileSync(stat, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

const start = async (server, pull) => {
  const started = performance.now();
  const child = spawn(process.execPath, [server, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const connection = createMessageConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  connection.listen();
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    workspaceFolders: null,
    capabilities: { textDocument: { publishDiagnostics: { versionSupport: true }, ...(pull ? { diagnostic: {} } : {}) } },
  });
  const ready = performance.now() - started;
  const readyProcessor = processorTime(child.pid);
  await connection.sendNotification('initialized', {});
  return { child, connection, ready, readyProcessor };
};

const stop = async ({ child, connection }) => {
  const exited = new Promise((done) => child.once('exit', done));
  await connection.sendRequest('shutdown');
  await connection.sendNotification('exit');
  await exited;
  connection.dispose();
};

/** Diagnostics of a version: asked for where the server is pulled from, waited for where it pushes. */
const reader = (connection, pull) => {
  let waiting = null;
  connection.onNotification('textDocument/publishDiagnostics', ({ version, diagnostics }) => {
    if (waiting && version >= waiting.version) waiting.done(diagnostics);
  });
  return async (version) => {
    if (pull) return (await connection.sendRequest('textDocument/diagnostic', { textDocument: { uri: URI } })).items;
    return new Promise((done) => {
      waiting = { version, done };
    });
  };
};

/** Places to type at: ends of statements inside methods, spread over the file. */
const places = (lines) => lines.flatMap((line, i) => (/^\s{8}\S/.test(line) && !/['"#]/.test(line) ? [i] : []));

const typing = async (server, { lines: count, edits, pull }) => {
  const text = bigModel(count);
  const lines = text.split('\n');
  const session = await start(server, pull);
  const { connection, child } = session;
  const diagnosticsOf = reader(connection, pull);
  let version = 1;
  const opened = performance.now();
  const first = diagnosticsOf(version);
  await connection.sendNotification('textDocument/didOpen', { textDocument: { uri: URI, languageId: 'python', version, text } });
  const found = (pull ? await diagnosticsOf(version) : await first).length;
  const open = performance.now() - opened;

  const spots = places(lines);
  const times = [];
  const before = processorTime(child.pid);
  // A number typed at the end of a statement and taken back: the text changes its meaning, as typing does.
  for (let i = 0; i < edits; i++) {
    const line = spots[Math.floor(((i >> 1) * spots.length) / (edits >> 1)) % spots.length];
    const character = lines[line].length;
    const insert = i % 2 === 0;
    await pause(40);
    version++;
    const typed = performance.now();
    const answer = pull ? null : diagnosticsOf(version);
    const range = { start: { line, character }, end: { line, character: character + (insert ? 0 : 2) } };
    const contentChanges = [{ range, text: insert ? ';0' : '' }];
    await connection.sendNotification('textDocument/didChange', { textDocument: { uri: URI, version }, contentChanges });
    await (answer ?? diagnosticsOf(version));
    times.push(performance.now() - typed);
  }
  const processor = (processorTime(child.pid) - before) / edits;
  const memory = residentMegabytes(child.pid);
  await stop(session);
  return { open, found, times, processor, memory };
};

export const benchServer = async (server) => {
  const readies = [];
  const processors = [];
  for (let i = 0; i < 7; i++) {
    const session = await start(server, true);
    readies.push(session.ready);
    processors.push(session.readyProcessor);
    await stop(session);
  }
  const pulled = await typing(server, { lines: 2000, edits: 120, pull: true });
  const pushed = await typing(server, { lines: 2000, edits: 60, pull: false });
  return [
    { name: 'server: spawn to ready, median', value: median(readies), unit: 'ms', budget: 300 },
    { name: 'server: spawn to ready, processor time', value: median(processors), unit: 'ms', budget: 300 },
    { name: `2,000 lines: open to diagnostics (${pulled.found} found)`, value: pulled.open, unit: 'ms', budget: 1500 },
    { name: '2,000 lines: keystroke to diagnostics (pull), median', value: median(pulled.times), unit: 'ms', budget: 25 },
    { name: '2,000 lines: keystroke to diagnostics (pull), p95', value: percentile(pulled.times, 0.95), unit: 'ms', budget: 60 },
    { name: '2,000 lines: keystroke to diagnostics (push), median', value: median(pushed.times), unit: 'ms', budget: 25 },
    { name: '2,000 lines: keystroke to diagnostics (push), p95', value: percentile(pushed.times, 0.95), unit: 'ms', budget: 60 },
    { name: '2,000 lines: keystroke, processor time, mean', value: pulled.processor, unit: 'ms', budget: 40 },
    { name: 'server: memory after the session', value: pulled.memory, unit: 'MB', budget: 400 },
  ];
};
