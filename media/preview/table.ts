/** The plot's twin: a real table with every figure, for reading, copying and screen readers. */
import { element } from './dom.ts';
import { COLUMNS, cells, type Row } from './results.ts';

/** First column that holds a number. */
const NUMBERS_FROM = 3;

export interface TableActions {
  readonly reveal: (row: Row) => void;
  readonly activate: (index: number | null) => void;
}

const layerCell = (row: Row, { reveal }: TableActions): HTMLElement => {
  const name = element('button', { class: 'link', title: 'Show in the source', onclick: () => reveal(row) }, row.node.path);
  if (row.node.start === null) name.disabled = true;
  const marks = row.marks.map((mark) => element('span', { class: 'mark' }, `▲ ${mark}`));
  return element('th', { scope: 'row' }, name, ...marks);
};

const bodyRow = (row: Row, index: number, actions: TableActions): HTMLElement => {
  const [, ...rest] = cells(row);
  const { result } = row;
  const line = element('tr', {
    onmouseenter: () => actions.activate(index),
    onmouseleave: () => actions.activate(null),
  });
  line.append(layerCell(row, actions));
  if (result !== null && result.state !== 'ok') {
    line.classList.add('absent');
    line.append(
      element('td', {}, row.node.label),
      element('td', { colspan: COLUMNS.length - 2 }, result.state === 'notReached' ? 'not reached' : result.why),
    );
    return line;
  }
  rest.forEach((text, i) => {
    line.append(element('td', i + 1 >= NUMBERS_FROM ? { class: 'number' } : {}, text));
  });
  return line;
};

export const renderTable = (table: HTMLTableElement, rows: readonly Row[], actions: TableActions): void => {
  const heads = COLUMNS.map((name, i) => element('th', { scope: 'col', class: i >= NUMBERS_FROM ? 'number' : '' }, name));
  const caption = element('caption', { class: 'hidden' }, 'Measured and predicted statistics of every layer');
  table.replaceChildren(
    caption,
    element('thead', {}, element('tr', {}, ...heads)),
    element('tbody', {}, ...rows.map((row, i) => bodyRow(row, i, actions))),
  );
};
