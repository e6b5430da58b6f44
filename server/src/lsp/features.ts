/** What the server answers from an analysis. Loaded with the first of them: these reach into the analysis and its tables. */
export { codeActions } from './codeActions.ts';
export { codeLenses } from './codeLens.ts';
export { hoverAt } from './hover.ts';
export { inspectDocument } from './inspect.ts';
export { previewData } from './preview.ts';
