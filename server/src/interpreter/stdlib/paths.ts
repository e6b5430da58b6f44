/** `os.path`, as far as programs say with it where their modules lie. */
import { folderOf, isAbsolute, joinPath, normalPath } from '../finder.ts';
import type { NativeCall, Value } from '../values.ts';
import { str, tuple, unknown } from '../values.ts';

const onText =
  (f: (...texts: string[]) => Value): NativeCall =>
  (args, site) => {
    const texts = args.positional.flatMap((value) => (value.kind === 'string' ? [value.value] : []));
    return texts.length > 0 && texts.length === args.positional.length ? f(...texts) : unknown('a path that is not known', site.span);
  };

const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export const osPath: Readonly<Record<string, NativeCall>> = {
  join: onText((...parts) => str(parts.reduce((folder, name) => (isAbsolute(name) ? name : joinPath(folder, name))))),
  dirname: onText((path) => str(folderOf(path))),
  basename: onText((path) => str(lastOf(path))),
  split: onText((path) => tuple([str(folderOf(path)), str(lastOf(path))])),
  // Files are named as the host names them: whole paths already.
  abspath: onText((path) => str(normalPath(path))),
  realpath: onText((path) => str(normalPath(path))),
  normpath: onText((path) => str(normalPath(path))),
};
