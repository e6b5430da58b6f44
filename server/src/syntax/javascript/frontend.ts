/** JavaScript's and TypeScript's part of the syntax layer: one grammar (tsx) for all of their endings. */
import type { FrontEnd } from '../frontend.ts';
import { completeJavaScript } from './complete.ts';
import { scanJavaScript } from './scan.ts';
import { lowerStatement, statementNodes } from './statements.ts';

export const javascript: FrontEnd = {
  scan: scanJavaScript,
  statements: (root) => statementNodes(root.children),
  lower: (node, source) => lowerStatement(node, { source, yields: false }),
  complete: completeJavaScript,
};
