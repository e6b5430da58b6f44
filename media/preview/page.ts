/** The page's fixed parts, built once; what is in them is set by main.ts. */
import { element } from './dom.ts';
import { BACKENDS } from './messages.ts';

const BACKEND_TITLES = { webgpu: 'WebGPU', webgl: 'WebGL', wasm: 'WASM', cpu: 'CPU' } as const;
export const backendTitle = (name: keyof typeof BACKEND_TITLES): string => BACKEND_TITLES[name];

const field = (label: string, control: HTMLElement, ...rest: (HTMLElement | string)[]): HTMLElement =>
  element('label', { class: 'field' }, element('span', { class: 'name' }, label), control, ...rest);

const options = (entries: readonly (readonly [string, string])[]): HTMLOptionElement[] =>
  entries.map(([value, text]) => element('option', { value }, text));

export const buildPage = () => {
  const model = element('select', { id: 'model', 'aria-label': 'Model' });
  const framework = element('span', { class: 'framework' });
  const badge = element('span', { id: 'badge', class: 'badge', role: 'status' }, 'Starting…');
  const seed = element('input', { id: 'seed', type: 'number', min: 0, step: 1, class: 'short' });
  const reroll = element('button', { id: 'reroll', title: 'Draw new weights (R)' }, 'Re-roll');
  const batch = element('input', { id: 'batch', type: 'number', min: 1, max: 4096, step: 1, class: 'short' });
  const backend = element(
    'select',
    { id: 'backend' },
    ...options([['auto', 'Automatic'], ...BACKENDS.map((b) => [b, BACKEND_TITLES[b]] as const)]),
  );
  const scale = element(
    'select',
    { id: 'scale' },
    ...options([
      ['auto', 'Automatic'],
      ['shared', 'One for all'],
      ['layer', 'Each its own'],
    ]),
  );
  const track = element(
    'select',
    { id: 'track' },
    ...options([
      ['rms', 'Activation'],
      ['gradient', 'Gradient'],
    ]),
  );
  const sizes = element('div', { class: 'sizes', role: 'group', 'aria-label': 'Assumed sizes' });
  const verdict = element('p', { id: 'verdict' });
  const measured = element('p', { id: 'measured' });
  const findings = element('ul', { id: 'findings', 'aria-label': 'Findings' });
  const notes = element('p', { id: 'notes' });
  const progress = element('progress', { id: 'progress', max: 1, 'aria-label': 'Layers run' });
  const cancel = element('button', { id: 'cancel', title: 'Stop the run (Esc)' }, 'Cancel');
  const status = element('span', { id: 'status', 'aria-live': 'polite' });
  const canvas = element('canvas', { id: 'plot', tabindex: 0, role: 'img' });
  const tooltip = element('div', { id: 'tooltip', role: 'tooltip', hidden: true });
  const copy = element('button', { id: 'copy', title: 'Copy the table as Markdown' }, 'Copy as Markdown');
  const table = element('table', { id: 'table' });
  const legend = element(
    'p',
    { class: 'legend', 'aria-hidden': 'true' },
    element('span', { class: 'key measured' }, 'measured'),
    element('span', { class: 'key predicted' }, 'predicted'),
    element('span', { class: 'key band' }, 'predicted, 90 % of draws'),
  );
  const header = element(
    'header',
    {},
    element('div', { class: 'title' }, model, framework, badge),
    element(
      'div',
      { class: 'controls' },
      field('Seed', seed),
      reroll,
      field('Batch', batch),
      field('Value axis', scale),
      field('Curve', track),
      field('Run on', backend),
    ),
    sizes,
  );
  const said = element('section', { class: 'said', 'aria-label': 'Verdict' }, verdict, measured, findings);
  const running = element('div', { class: 'running' }, progress, cancel, status);
  const plot = element('section', { class: 'plot', 'aria-label': 'Activations' }, legend, canvas, tooltip, notes);
  const figures = element(
    'section',
    { class: 'figures', 'aria-label': 'Figures' },
    element('div', { class: 'bar' }, element('h2', {}, 'Figures'), copy),
    element('div', { class: 'scroll' }, table),
  );
  const main = element('main', {}, header, said, running, plot, figures);
  return {
    main,
    model,
    framework,
    badge,
    seed,
    reroll,
    batch,
    backend,
    scale,
    track,
    sizes,
    verdict,
    measured,
    findings,
    notes,
    progress,
    cancel,
    status,
    canvas,
    tooltip,
    copy,
    table,
    running,
    plot,
    figures,
  };
};

export type Page = ReturnType<typeof buildPage>;
