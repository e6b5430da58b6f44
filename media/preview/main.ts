/**
 * The preview's page: shows a network's activations as they are computed and what was predicted for them.
 * Bundles: dist/preview.js (this page), dist/preview.worker.js (worker.ts: all of tf.js, loaded as a worker or into the page), both iife;
 * dist/preview.css; dist/tfjs-backend-wasm-simd.wasm. Their addresses come in data attributes of the body.
 */

import type { NetworkDto, NodeDto, PreviewData } from '../../server/src/protocol.ts';
import { element, setText } from './dom.ts';
import { formatMean, formatNumber, formatShape, formatShare } from './format.ts';
import type { FromHost, SavedState, ScaleChoice, ToHost } from './host.ts';
import { makeLayout, rowAt } from './layout.ts';
import { BACKENDS, type BackendInfo, type BackendName, type FromRunner, type LayerResult } from './messages.ts';
import { backendTitle, buildPage } from './page.ts';
import { makeRows, markdown, measuredVerdict, type Row } from './results.ts';
import { draw } from './ridgeline.ts';
import { makeRunner } from './runner.ts';
import { renderTable } from './table.ts';
import { readTheme } from './theme.ts';

interface VsCodeApi {
  postMessage(message: ToHost): void;
  getState(): SavedState | undefined;
  setState(state: SavedState): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

const vscode = acquireVsCodeApi();
const page = buildPage();
document.body.append(page.main);

const INITIAL: SavedState = {
  uri: null,
  model: null,
  seed: 1,
  batch: 64,
  backend: 'auto',
  view: { scale: 'auto', track: 'rms' },
  sizes: {},
};
let saved: SavedState = { ...INITIAL, ...vscode.getState() };
let data: PreviewData | null = null;
let results = new Map<number, LayerResult>();
let gradients = new Map<number, number>();
let rows: readonly Row[] = [];
let running: number | null = null;
let stale = false;
/** What is shown is of the run before; it stays, dimmed, until the first layer of the next one comes. */
let old = false;
let active: number | null = null;

const dataset = document.body.dataset;
const runner = makeRunner({ worker: dataset.worker ?? '', wasm: dataset.wasm ?? '', nonce: dataset.nonce ?? '' }, heard);

const save = (change: Partial<SavedState>): void => {
  saved = { ...saved, ...change };
  vscode.setState(saved);
};

// — what the extension says

window.addEventListener('message', ({ data: message }: MessageEvent<FromHost>) => {
  switch (message.type) {
    case 'data':
      show(message.data);
      break;
    case 'stale':
      stale = true;
      page.main.classList.add('stale');
      runner.cancel();
      paint();
      break;
    case 'problem':
      say(message.message);
      break;
  }
});

const show = (next: PreviewData): void => {
  const other = next.uri !== saved.uri || (next.network?.name ?? null) !== (data?.network?.name ?? null);
  data = next;
  stale = false;
  page.main.classList.remove('stale');
  save({ uri: next.uri, model: next.network?.name ?? saved.model, ...(other ? { sizes: saved.uri === next.uri ? saved.sizes : {} } : {}) });
  if (other) forget();
  const { network } = next;
  page.model.replaceChildren(...next.models.map((name) => element('option', { value: name, selected: name === network?.name }, name)));
  page.model.disabled = next.models.length < 2;
  setText(page.framework, network?.framework ?? '');
  setText(page.verdict, network?.verdict ?? next.problem ?? 'No model found in this file.');
  page.main.classList.toggle('empty', network === null);
  renderSizes(network);
  renderFindings(network);
  if (network !== null) run(network);
};

const renderSizes = (network: NetworkDto | null): void => {
  const fields = (network?.assumed ?? []).map(({ name, value, why }) => {
    const input = element('input', {
      type: 'number',
      min: 1,
      step: 1,
      value,
      class: 'short',
      title: why,
      'aria-describedby': `why-${name}`,
    });
    input.addEventListener('change', () => {
      if (!(input.valueAsNumber > 0)) return;
      save({ sizes: { ...saved.sizes, [name]: input.valueAsNumber } });
      vscode.postMessage({ type: 'request', model: saved.model, sizes: saved.sizes });
    });
    const given = name in saved.sizes;
    const note = element('span', { class: 'assumed', id: `why-${name}`, title: why }, given ? 'set here' : 'assumed');
    return element('label', { class: 'field' }, element('span', { class: 'name code' }, name), input, note);
  });
  page.sizes.replaceChildren(...fields);
};

const SEVERITY_SIGNS: Readonly<Record<string, string>> = { error: '✖', warning: '▲', information: 'ℹ', hint: '·' };

const renderFindings = (network: NetworkDto | null): void => {
  const items = (network?.findings ?? []).map((finding) => {
    const node = network?.nodes.find((n) => n.id === finding.node);
    const sign = element(
      'span',
      { class: `sign ${finding.severity}`, role: 'img', 'aria-label': finding.severity },
      SEVERITY_SIGNS[finding.severity] ?? '·',
    );
    const text = element('span', {}, `${finding.message} `, element('code', {}, finding.rule));
    const link = node && node.start !== null ? element('button', { class: 'link', onclick: () => reveal(node) }, node.path) : null;
    return element('li', {}, sign, text, link);
  });
  page.findings.replaceChildren(...items);
};

// — the run

const run = (network: NetworkDto): void => {
  runner.cancel();
  old = true;
  running = runner.run(network, { seed: saved.seed, batch: saved.batch, gradient: true });
  page.running.classList.add('on');
  page.progress.removeAttribute('value');
  // Each layer would be read aloud; the progress bar is there for who asks, and the end is told.
  page.status.setAttribute('aria-live', 'off');
  setText(page.status, 'Drawing weights…');
};

const rerun = (): void => {
  if (data?.network) run(data.network);
};

function heard(message: FromRunner): void {
  switch (message.type) {
    case 'alive':
      break;
    case 'backend':
      showBackend(message.info);
      break;
    case 'failed':
      if (message.id === null || message.id === running) finish(`The run failed: ${message.message}`);
      break;
    case 'done':
      if (message.id === running)
        finish(
          message.cancelled
            ? `Cancelled after ${results.size} of ${rows.length} layers.`
            : `${rows.length} layers in ${seconds(message.ms)}.`,
        );
      break;
    case 'event':
      if (message.id === running) heardEvent(message.event);
  }
}

const inputsInWords = (): string => {
  const all = (data?.network?.nodes ?? []).flatMap(({ op }) => (op.kind === 'input' ? [op] : []));
  // Zeros that a recurrence starts from are not what the model is fed with.
  const inputs = all.filter(({ range }) => range === undefined || range.low < range.high);
  const kinds = inputs.map(({ integer, range }) =>
    integer ? 'random token ids' : range ? `inputs from ${formatNumber(range.low)} to ${formatNumber(range.high)}` : 'N(0, 1) inputs',
  );
  return kinds.length > 0 ? [...new Set(kinds)].join(' and ') : 'N(0, 1) inputs';
};

const heardEvent = (event: Extract<FromRunner, { type: 'event' }>['event']): void => {
  switch (event.type) {
    case 'plan':
      setText(page.notes, [`${event.batch} samples of ${inputsInWords()}`, ...event.sampled].join(' · '));
      refresh();
      break;
    case 'layer':
      if (old) forget();
      results.set(event.result.node, event.result);
      page.progress.value = (event.index + 1) / Math.max(1, data?.network?.nodes.length ?? 1);
      setText(page.status, `Layer ${event.index + 1} of ${data?.network?.nodes.length ?? 0}`);
      refreshSoon();
      break;
    case 'gradient':
      gradients = new Map(event.rms);
      if (event.why !== null) setText(page.notes, `${page.notes.textContent} · ${event.why}`);
      refresh();
  }
};

const forget = (): void => {
  old = false;
  results = new Map();
  gradients = new Map();
};

const seconds = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${formatNumber(ms / 1000)} s`);

const finish = (text: string): void => {
  running = null;
  page.running.classList.remove('on');
  page.progress.value = 1;
  refresh();
  page.status.setAttribute('aria-live', 'polite');
  setText(page.status, text);
};

const say = (text: string): void => {
  setText(page.verdict, text);
  page.main.classList.add('empty');
};

const showBackend = (info: BackendInfo): void => {
  const parts = [backendTitle(info.name), ...(info.adapter === '' ? [] : [info.adapter]), ...(info.software ? ['software'] : [])];
  setText(page.badge, parts.join(' · '));
  page.badge.classList.toggle('software', info.software || info.name === 'wasm' || info.name === 'cpu');
  page.badge.title = info.rejected.map((r) => `${backendTitle(r.name)}: ${r.why}`).join('\n');
};

// — drawing

let drawing = false;
const refreshSoon = (): void => {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    refresh();
  });
};

const refresh = (): void => {
  if (data?.network == null) return;
  rows = makeRows(data.network, results, gradients);
  renderTable(page.table, rows, { reveal: (row) => reveal(row.node), activate });
  setText(page.measured, running === null ? measuredVerdict(rows) : '');
  page.canvas.setAttribute('aria-label', `Histograms of ${rows.length} layers; the same figures stand in the table below.`);
  paint();
};

const layout = () => makeLayout(page.canvas.clientWidth, rows.length);

const paint = (): void => {
  if (page.canvas.clientWidth === 0) return;
  draw(page.canvas, rows, layout(), { ...saved.view, active, stale: stale || (old && results.size > 0) }, readTheme());
};

const activate = (index: number | null, at?: { readonly x: number; readonly y: number }): void => {
  const row = index === null ? undefined : rows[index];
  page.tooltip.hidden = row === undefined || at === undefined;
  if (row !== undefined && at !== undefined) {
    page.tooltip.replaceChildren(...tooltip(row));
    const room = page.plot.clientWidth - page.tooltip.offsetWidth - 8;
    page.tooltip.style.left = `${Math.max(0, Math.min(room, at.x + 14))}px`;
    page.tooltip.style.top = `${at.y + 18}px`;
  }
  if (active === index) return;
  active = index;
  paint();
};

const tooltip = (row: Row): readonly HTMLElement[] => {
  const { statistics: s, node, result } = row;
  const title = element('strong', {}, `${node.path} · ${node.label}`);
  if (s === null) return [title, element('div', {}, result === null || result.state === 'ok' ? 'not run yet' : result.why)];
  const lines = [
    `[${formatShape(result?.shape ?? [])}]`,
    `mean ${formatMean(s.mean, s.rms)}, std ${formatNumber(s.std)}, rms ${formatNumber(s.rms)}`,
    ...(node.predicted === null
      ? []
      : [node.predicted.unstable ? 'unstable: no figure is to be trusted' : `predicted rms ${formatNumber(node.predicted.rms)}`]),
    ...(s.zero > 0 ? [`${formatShare(s.zero)} exactly zero, ${formatShare(s.dead)} of units dead`] : []),
    ...(s.saturated === null ? [] : [`${formatShare(s.saturated)} of inputs where |φ′| < 0.01`]),
    ...row.marks.map((mark) => `▲ ${mark}`),
  ];
  return [title, ...lines.map((line) => element('div', {}, line))];
};

const reveal = ({ start, end, cell }: NodeDto): void => {
  if (data !== null && start !== null && end !== null) vscode.postMessage({ type: 'reveal', uri: cell ?? data.uri, start, end });
};

// — what the user does

const point = (event: MouseEvent): { readonly x: number; readonly y: number; readonly index: number | null } => {
  const box = page.canvas.getBoundingClientRect();
  const y = event.clientY - box.top;
  return { x: event.clientX - box.left + page.canvas.offsetLeft, y: y + page.canvas.offsetTop, index: rowAt(layout(), rows.length, y) };
};

page.canvas.addEventListener('mousemove', (event) => {
  const at = point(event);
  activate(at.index, at);
});
page.canvas.addEventListener('mouseleave', () => activate(null));
page.canvas.addEventListener('click', (event) => {
  const node = rows[point(event).index ?? -1]?.node;
  if (node) reveal(node);
});
page.canvas.addEventListener('blur', () => activate(null));
page.canvas.addEventListener('keydown', (event) => {
  const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, Home: -rows.length, End: rows.length };
  const step = steps[event.key];
  if (step !== undefined) {
    event.preventDefault();
    const index = Math.min(rows.length - 1, Math.max(0, (active ?? (step > 0 ? -1 : rows.length)) + step));
    const { header, rowHeight, ridge } = layout();
    activate(index, { x: ridge[0] + page.canvas.offsetLeft, y: header + (index + 1) * rowHeight + page.canvas.offsetTop - 18 });
  }
  const node = rows[active ?? -1]?.node;
  if (event.key === 'Enter' && node) reveal(node);
});

const cancel = (): void => {
  if (running === null) return;
  runner.cancel();
  setText(page.status, 'Cancelling…');
};
page.cancel.addEventListener('click', cancel);

const reroll = (): void => {
  save({ seed: Math.floor(Math.random() * 1e6) });
  page.seed.value = String(saved.seed);
  rerun();
};
page.reroll.addEventListener('click', reroll);
window.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') cancel();
  const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
  if (event.key === 'r' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) reroll();
});

const onNumber = (input: HTMLInputElement, set: (value: number) => void): void => {
  input.addEventListener('change', () => {
    const value = Math.floor(input.valueAsNumber);
    if (!Number.isFinite(value) || value < Number(input.min) || (input.max !== '' && value > Number(input.max))) return;
    set(value);
    rerun();
  });
};
onNumber(page.seed, (seed) => save({ seed }));
onNumber(page.batch, (batch) => save({ batch }));
page.model.addEventListener('change', () => {
  save({ model: page.model.value });
  vscode.postMessage({ type: 'request', model: saved.model, sizes: saved.sizes });
});
const SCALES: readonly ScaleChoice[] = ['auto', 'shared', 'layer'];
page.scale.addEventListener('change', () => {
  save({ view: { ...saved.view, scale: SCALES.find((s) => s === page.scale.value) ?? 'auto' } });
  paint();
});
page.track.addEventListener('change', () => {
  save({ view: { ...saved.view, track: page.track.value === 'gradient' ? 'gradient' : 'rms' } });
  paint();
});
page.backend.addEventListener('change', () => {
  save({ backend: page.backend.value });
  startBackend();
  rerun();
});
page.copy.addEventListener('click', () => vscode.postMessage({ type: 'copy', text: markdown(rows) }));

const startBackend = (): void => {
  const wanted: BackendName | 'auto' = BACKENDS.find((name) => name === saved.backend) ?? 'auto';
  setText(page.badge, 'Starting…');
  runner.cancel();
  runner.start(wanted);
};

new ResizeObserver(() => paint()).observe(page.canvas);
// The editor tells a change of theme by the body's class and the root's style.
new MutationObserver(() => paint()).observe(document.body, { attributes: true, attributeFilter: ['class'] });
new MutationObserver(() => paint()).observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });

page.seed.value = String(saved.seed);
page.batch.value = String(saved.batch);
page.backend.value = saved.backend;
page.scale.value = saved.view.scale;
page.track.value = saved.view.track;
startBackend();
vscode.postMessage({ type: 'ready', state: vscode.getState() ?? null });
