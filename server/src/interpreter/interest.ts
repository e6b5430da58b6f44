/** Whether a package that is neither the importer's own nor the workspace's is worth reading. */
import type { Host } from '../text/host.ts';
import { isInside, joinPath, type ModuleFinder } from './finder.ts';

const NAMES_A_FRAMEWORK = /\b(?:torch|tensorflow|keras|jax|flax|lasagne|theano)\b/;

const HANDS_ON = /^[ \t]*from[ \t]+\./m;

/**
 * A file that names no framework builds no layer, and what it computes (versions, paths, terminals) is known to running programs only.
 * What is asked: the file of a module that another one imports by its whole name.
 */
export const interestIn = (host: Host, finder: ModuleFinder): ((file: string, module: string, from: string) => boolean) => {
  const known = new Map<string, boolean>();
  return (file, module, from) => {
    const top = module.split('.')[0] as string;
    const isOwn = host.roots.some((root) => isInside(root, file)) || isInside(joinPath(finder.packageRoot(from), top), from);
    if (isOwn) return true;
    const asked = host.roots.some((root) => isInside(root, from));
    const key = asked ? `${file}*` : file;
    let answer = known.get(key);
    if (answer === undefined) {
      const text = host.readFile(file) ?? '';
      // What the front of a package hands on comes from its modules, which are looked at in turn.
      // So does what the author names himself: a configuration, say, that knows no framework.
      answer = NAMES_A_FRAMEWORK.test(text) || ((asked || file.endsWith('/__init__.py')) && HANDS_ON.test(text));
      known.set(key, answer);
    }
    return answer;
  };
};
