// npm test: installs what is missing, then runs every check there is. The last line is the total: `N passed, N failed`.
//   --no-browser   leaves out what needs Chromium: the preview page and the editor
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runNode, runTool } from './processes.mjs';
import { ensureChromium, ensureDependencies, ensureEditor } from './setup.mjs';
import { tasks } from './task.mjs';

const withBrowser = !process.argv.includes('--no-browser');
const reports = mkdtempSync(join(tmpdir(), 'initlens-test-'));
const totals = { passed: 0, failed: 0 };
const summary = [];

function record(name, passed, failed, started) {
  totals.passed += passed;
  totals.failed += failed;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  summary.push(`  ${failed === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(22)} ${passed} passed, ${failed} failed (${seconds} s)`);
}

const heading = (name) => console.log(`\n=== ${name}`);

/** A step that either holds or does not: counts as one. */
async function step(name, action) {
  heading(name);
  const started = performance.now();
  let code = 1;
  try {
    code = (await action()) ?? 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
  record(name, code === 0 ? 1 : 0, code === 0 ? 0 : 1, started);
  return code === 0;
}

/** A vitest run: counts its tests, and one failure more where it broke outside of them. */
async function suite(name, args, env = {}) {
  heading(name);
  const started = performance.now();
  const file = join(reports, `${name.replaceAll(' ', '-')}.json`);
  const code = await runTool('vitest', ['run', ...args, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`], env);
  let passed = 0;
  let failed = 0;
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    passed = report.numPassedTests;
    failed = report.numFailedTests;
  } catch {
    console.error(`${name}: no report was written.`);
  }
  if (failed === 0 && (code !== 0 || passed === 0)) failed = 1;
  record(name, passed, failed, started);
}

async function everything() {
  if (!(await step('dependencies', ensureDependencies))) return;
  const env = {};
  const chromium =
    withBrowser &&
    (await step('chromium', () => {
      env.INITLENS_CHROMIUM = ensureChromium();
    }));
  await step('lint', () => tasks.lint([]));
  await step('types', () => tasks.typecheck());
  const built = await step('build', () => tasks.build([]));
  if (!built) return;
  await step('command line', async () => ((await runNode('dist/cli.cjs', ['check', 'examples', '--format', 'concise'])) > 1 ? 1 : 0));
  await suite('unit', chromium ? [] : ['--exclude', 'test/preview/**'], env);
  const packaged = await step('package', () => tasks.package([]));
  if (!packaged || !chromium) return;
  if (await step('editor', ensureEditor)) await suite('end to end', ['--config', 'test/e2e/vitest.config.ts'], env);
}

try {
  await everything();
} finally {
  rmSync(reports, { recursive: true, force: true });
}
console.log(`\n${summary.join('\n')}\n`);
console.log(`${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed === 0 ? 0 : 1;
