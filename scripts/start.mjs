// npm start: install, build, check the examples in the terminal, then open them in VS Code with the extension loaded.
//   --once   all but the editor
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startVSCode } from '../test/e2e/vscode.mjs';
import { runNode } from './processes.mjs';
import { ensureDependencies, ensureEditor, findProgram, root } from './setup.mjs';

const examples = join(root, 'examples');
const PARENT_CHECK_MS = 1000;

/** The user's own VS Code; false where there is none or it refuses (as it does for root). */
function openOwnEditor() {
  const code = findProgram('code');
  if (!code) return false;
  const args = [`--extensionDevelopmentPath=${root}`, '--new-window', examples];
  const { status } = spawnSync(code, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  return status === 0;
}

/** Parent of a process where the system tells it (Linux), else undefined. */
function parentOf(pid) {
  try {
    return /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

/** Resolves when the user wants to stop: Ctrl-C, a closed terminal, or npm gone. */
function stopRequested() {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve(signal));
    // npm runs scripts through a shell, which outlives it.
    const shell = process.ppid;
    const npm = parentOf(shell);
    setInterval(() => {
      if (process.ppid !== shell || parentOf(shell) !== npm) resolve('parent ended');
    }, PARENT_CHECK_MS).unref();
  });
}

async function serveEditor() {
  ensureEditor();
  const stopped = stopRequested();
  const editor = await startVSCode({ workspace: examples, extension: root });
  console.log(`\nVS Code with InitLens, on a copy of the examples:\n\n  ${editor.url}\n\nCtrl-C stops it.`);
  const exitedByItself = await Promise.race([stopped.then(() => false), editor.exited.then(() => true)]);
  await editor.stop();
  if (exitedByItself) throw new Error('The editor ended by itself.');
  console.log('Stopped.');
}

async function start(args) {
  ensureDependencies();
  const built = await runNode('esbuild.config.mjs');
  if (built !== 0) return built;
  console.log('\ninitlens check examples\n');
  const checked = await runNode('dist/cli.cjs', ['check', 'examples']);
  // 1 says that there are findings, which the examples are there to show.
  if (checked > 1) return checked;
  if (args.includes('--once')) return 0;
  if (openOwnEditor()) console.log('Opened the examples in VS Code. Try Ctrl+. on a squiggle.');
  else await serveEditor();
  return 0;
}

try {
  process.exit(await start(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
