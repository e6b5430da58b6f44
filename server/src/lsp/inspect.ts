/** `initlens/inspect`: the open document, or the notebook, as the analysis sees it. */
import { type FileInspection, inspectFile } from '../workspace/inspection.ts';
import type { Analysed, Session } from './session.ts';

export const inspectDocument = (target: Analysed, session: Session): FileInspection =>
  inspectFile(target.file, target.analysis, (file, offset) => {
    const place = session.place(file, offset, offset);
    if (!place) return { line: null };
    const line = place.range.start.line + 1;
    return place.cell === null ? { line } : { cell: place.cell, line };
  });
