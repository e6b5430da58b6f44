/** Which language a file is written in, and whether it is worth reading. */
import type { Language } from './ast.ts';

const javaScriptFile = /\.(?:[cm]?[jt]sx?)$/i;

export const languageOf = (file: string): Language => (javaScriptFile.test(file) ? 'javascript' : 'python');

/** How files that build models with TensorFlow.js reach it: the package's name, or the script's global. */
const tensorflow = /@tensorflow\/tfjs|\btf\s*\.\s*[a-z]/;

/** Bundled and minified code is nobody's to read. */
const minified = /[.-]min\.[cm]?js$/i;

/**
 * Whether a file may hold models at all, by its text alone. Of the JavaScript in a workspace next to none does, and its grammar is not
 * even loaded for the rest.
 */
export const mayHoldModels = (file: string, text: string): boolean =>
  languageOf(file) !== 'javascript' || (!minified.test(file) && tensorflow.test(text));
