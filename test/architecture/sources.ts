/** Reads the project's sources for the architecture tests: files, what they import, and their code without comments and strings. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Source {
  /** Path from the project's root, with forward slashes. */
  readonly file: string;
  readonly text: string;
}

export interface Import {
  readonly file: string;
  /** As written. */
  readonly specifier: string;
  /** Path from the project's root for a relative import, else null. */
  readonly target: string | null;
}

/** Every TypeScript file under these folders. */
export function readSources(...folders: readonly string[]): Source[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => ({ file: relative(root, path).split(sep).join('/'), text: readFileSync(path, 'utf8') })),
  );
}

/** Comments, template literals, strings: whichever starts first wins, so that a quote in a comment opens nothing. */
const commentOrString = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|`(?:\\.|[^\\`])*`|'(?:\\.|[^\\'\n])*'|"(?:\\.|[^\\"\n])*"/g;
const isComment = (token: string): boolean => token.startsWith('//') || token.startsWith('/*');

const withoutComments = (text: string): string => text.replace(commentOrString, (token) => (isComment(token) ? ' ' : token));

/** The code alone. Expressions inside template literals are kept, since they are code. */
export const codeOf = (text: string): string =>
  text.replace(commentOrString, (token) =>
    token.startsWith('`') ? (token.match(/\$\{[^}]*\}/g) ?? []).join(' ') : isComment(token) ? ' ' : "''",
  );

const importForms = [
  /^\s*(?:import|export)\s+(?:type\s)?[^'"`;]*?\bfrom\s*(['"])(.+?)\1/gm,
  /^\s*import\s+(['"])(.+?)\1/gm,
  /\b(?:import|require)\s*\(\s*(['"])(.+?)\1\s*\)/g,
];

export function importsOf({ file, text }: Source): Import[] {
  const code = withoutComments(text);
  return importForms.flatMap((form) =>
    [...code.matchAll(form)].map((match) => {
      const specifier = match[2] ?? '';
      const target = specifier.startsWith('.') ? posix.normalize(posix.join(dirname(file), specifier)) : null;
      return { file, specifier, target };
    }),
  );
}
