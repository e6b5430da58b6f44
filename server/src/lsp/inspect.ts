/** `initlens/inspect`: the open document as the analysis sees it. */
import { type FileInspection, inspectFile } from '../workspace/inspection.ts';
import type { Analysed, Session } from './session.ts';

export const inspectDocument = (target: Analysed, session: Session): FileInspection =>
  inspectFile(target.file, target.analysis, (file) => session.positions(file));
