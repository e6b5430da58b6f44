// The npm scripts other than start and test: node scripts/task.mjs TASK [arguments]. Each works in a fresh clone.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runNode, runTool } from './processes.mjs';
import { ensureChromium, ensureDependencies, ensureEditor, root } from './setup.mjs';

/** One project a runtime: analysis and server (Node), client (VS Code), preview page (DOM). */
const typescriptProjects = ['tsconfig.json', 'client/tsconfig.json', 'media/preview/tsconfig.json'];

async function inOrder(...steps) {
  for (const step of steps) {
    const code = await step();
    if (code !== 0) return code;
  }
  return 0;
}

/** `--break CHECK` is the negative control of an end-to-end check: the named thing is broken, the check has to fail. */
function e2eEnvironment(args) {
  const at = args.indexOf('--break');
  if (at < 0) return { args, env: {} };
  return { args: args.toSpliced(at, 2), env: { INITLENS_BREAK: args[at + 1] ?? '' } };
}

const builtOnce = () => (existsSync(join(root, 'dist/cli.cjs')) ? 0 : runNode('esbuild.config.mjs'));

export const tasks = {
  build: (args) => runNode('esbuild.config.mjs', args),
  watch: (args) => runNode('esbuild.config.mjs', ['--watch', ...args]),
  lint: (args) => runTool('biome', ['check', '--error-on-warnings', ...args]),
  format: (args) => runTool('biome', ['check', '--write', ...args]),
  typecheck: () => inOrder(...typescriptProjects.map((project) => () => runTool('tsc', ['--noEmit', '-p', project]))),
  unit: (args) =>
    inOrder(builtOnce, () => {
      const chromium = ensureChromium();
      return runTool('vitest', ['run', ...args], { INITLENS_CHROMIUM: chromium });
    }),
  e2e: (args) => {
    ensureEditor();
    const chromium = ensureChromium();
    const { args: rest, env } = e2eEnvironment(args);
    const vitest = () =>
      runTool('vitest', ['run', '--config', 'test/e2e/vitest.config.ts', ...rest], { INITLENS_CHROMIUM: chromium, ...env });
    return inOrder(() => tasks.package([]), vitest);
  },
  docs: () => runTool('vitest', ['run', 'test/rules/docs.test.ts', 'test/rules/measuredSeverity.test.ts'], { UPDATE: '1' }),
  bench: (args) => inOrder(builtOnce, () => runNode('test/bench/run.mjs', args)),
  oracle: (args) => inOrder(builtOnce, () => runNode('test/oracle/run.mjs', args)),
  measure: (args) => runNode('test/golden/measureFixes.mjs', args),
  survey: (args) => runNode('test/bench/survey.mjs', args),
  package: (args) => runNode('scripts/package.mjs', args),
  size: () => runNode('scripts/size.mjs'),
};

if (process.argv[1] === join(root, 'scripts/task.mjs')) {
  const [name = '', ...args] = process.argv.slice(2);
  const task = tasks[name];
  if (!task) {
    console.error(`No task named "${name}". There are: ${Object.keys(tasks).join(', ')}.`);
    process.exit(2);
  }
  try {
    ensureDependencies();
    process.exitCode = await task(args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
