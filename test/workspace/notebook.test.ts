/** Notebooks on disk as text with cells: formats, languages, what is missing or wrong; and the way from offsets back to cells. */
import { describe, expect, it } from 'vitest';
import { cellAt, joinCells, sameCells } from '../../server/src/text/cells.ts';
import { type NotebookText, readNotebook } from '../../server/src/workspace/notebook.ts';
import { placeEdit, placesOf } from '../../server/src/workspace/places.ts';
import { code, markdown, notebookJson, raw } from '../support/notebooks.ts';

/** Cells as `index: text`, of the text as it was written. */
const cellsOf = (json: string): string[] | string => {
  const read = readNotebook(json);
  if ('reason' in read) return read.reason;
  return read.cells.map(({ index, start, end }) => `${index}: ${read.written.slice(start, end)}`);
};

const python3 = { kernelspec: { name: 'python3', language: 'python' }, language_info: { name: 'python' } };

describe('what is read of a notebook', () => {
  const rows: readonly (readonly [string, string, string[] | string])[] = [
    ['code cells, counted over all', notebookJson([markdown('a'), code('x = 1\ny = 2'), raw('b'), code('z')]), ['1: x = 1\ny = 2', '3: z']],
    ['a kernel of Python', notebookJson([code('x')], python3), ['0: x']],
    ['nothing of another kernel', notebookJson([code('x <- 1')], { kernelspec: { name: 'ir', language: 'R' } }), []],
    ['nothing of a cell in another language', notebookJson([code('x', { vscode: { languageId: 'javascript' } }), code('y')]), ['1: y']],
    [
      'a cell of Python under another kernel',
      notebookJson([code('y', { vscode: { languageId: 'python' } })], { language_info: { name: 'julia' } }),
      ['0: y'],
    ],
    ['source as one string', '{"cells":[{"cell_type":"code","source":"a\\nb"}]}', ['0: a\nb']],
    [
      'cells without source, and what is no cell',
      '{"cells":[{"cell_type":"code"},null,3,{"cell_type":"code","source":[1,"a"]},{"source":"b"}]}',
      ['0: ', '3: a'],
    ],
    [
      'format 3: worksheets',
      '{"nbformat":3,"worksheets":[{"cells":[{"cell_type":"heading","source":"h"},{"cell_type":"code","language":"python","input":["a\\n","b"]}]},{"cells":[{"cell_type":"code","input":"c"}]},{}]}',
      ['1: a\nb', '2: c'],
    ],
    ['no cells at all', notebookJson([]), []],
    ['JSON that is cut off', notebookJson([code('x')]).slice(0, -20), 'not valid JSON'],
    ['nothing', ' \n', 'an empty file'],
    ['JSON of something else', '{"a": 1}', 'not a notebook: it has no cells'],
    ['a list', '[]', 'not a notebook: it has no cells'],
    ['null', 'null', 'not a notebook: it has no cells'],
  ];
  it.each(rows)('%s', (_, json, cells) => {
    expect(cellsOf(json)).toEqual(cells);
  });

  it('magics are masked in what is analysed, and kept in what is shown', () => {
    const { text, written, cells } = readNotebook(notebookJson([code('!ls\nx = 1'), code('y')])) as NotebookText;
    expect(text).toBe('   \nx = 1\n\ny');
    expect(written).toBe('!ls\nx = 1\n\ny');
    expect(cells).toEqual([
      { index: 0, start: 0, end: 9 },
      { index: 1, start: 11, end: 12 },
    ]);
  });

  it('reads past fifty megabytes of pictures', () => {
    const picture = { output_type: 'display_data', data: { 'image/png': 'A'.repeat(1_000_000) } };
    const json = notebookJson([code('x = 1', {}, new Array(50).fill(picture))]);
    expect(cellsOf(json)).toEqual(['0: x = 1']);
  });
});

describe('offsets and cells', () => {
  const { text, cells } = joinCells([
    { index: 1, text: 'ab\ncd' },
    { index: 4, text: '' },
    { index: 5, text: 'ef' },
  ]);

  it('a table has every cell, with what separates them between', () => {
    expect(text).toBe('ab\ncd\n\n\n\nef');
    expect(cells.map(({ start, end }) => text.slice(start, end))).toEqual(['ab\ncd', '', 'ef']);
    expect([0, 5, 6, 7, 8, 9, 11].map((offset) => cellAt(cells, offset)?.index)).toEqual([1, 1, 1, 4, 4, 5, 5]);
    expect(cellAt([], 0)).toBeUndefined();
    expect(sameCells(cells, joinCells([{ index: 1, text: 'ab' }]).cells)).toBe(false);
  });

  it('a place is a line of a cell', () => {
    const place = placesOf(text, cells).at(3, 5);
    expect(place).toMatchObject({ cell: 2, start: 3, end: 5 });
    expect(place.lines.positionAt(place.start)).toEqual({ line: 1, character: 0 });
    expect(placesOf(text, cells).at(9, 11)).toMatchObject({ cell: 6, start: 0, end: 2 });
    expect(placesOf(text).at(3, 5)).toMatchObject({ cell: null, start: 3, end: 5 });
  });

  it.each([
    ['inside a cell', 3, 4, 'x\n', { cell: 2, start: 3, end: 4, text: 'x\n' }],
    ['at the end of its last line', 5, 5, '\nx', { cell: 2, start: 5, end: 5, text: '\nx' }],
    ['on the line after it, which only the whole text has', 6, 6, 'x\n', { cell: 2, start: 5, end: 5, text: '\nx' }],
    ['at the start of a cell', 9, 9, 'x\n', { cell: 6, start: 0, end: 0, text: 'x\n' }],
  ])('an edit %s', (_, start, end, inserted, expected) => {
    expect(placeEdit(placesOf(text, cells), start, end, inserted)).toMatchObject(expected);
  });
});
