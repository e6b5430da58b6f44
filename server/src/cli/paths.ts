/** How the command line spells files: keys for the analysis, relative paths with forward slashes for people and reports. */
import { relative, resolve, sep } from 'node:path';

const forward = (path: string): string => (sep === '\\' ? path.replaceAll('\\', '/') : path);

export const keyOf = (path: string, cwd: string): string => forward(resolve(cwd, path));

export const shownAs = (key: string, cwd: string): string => {
  const path = forward(relative(cwd, key));
  return path === '' ? '.' : path;
};
