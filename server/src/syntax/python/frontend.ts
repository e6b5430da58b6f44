/** Python's part of the syntax layer. */
import type { FrontEnd } from '../frontend.ts';
import { bindsOf } from './binds.ts';
import { functionBodies } from './bodies.ts';
import { completePython } from './complete.ts';
import { scanPython } from './scan.ts';
import { lowerStatement, statementNodes } from './statements.ts';

export const python: FrontEnd = {
  scan: scanPython,
  binds: bindsOf,
  bodies: functionBodies,
  statements: (root) => statementNodes(root.children),
  lower: (node, source) => lowerStatement(node, { source, yields: false }),
  complete: completePython,
};
