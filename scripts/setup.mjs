// Installs what a fresh clone lacks. Uses Node's own modules only: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const editorFolder = join(root, 'test/e2e/editor');

const lockedPackages = (file) => {
  const packages = JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  return Object.entries(packages).filter(([path]) => path !== '');
};

/** True when node_modules holds what the lock file asks for. Optional packages of other platforms may be absent. */
export function isInstalled(folder) {
  const installed = join(folder, 'node_modules/.package-lock.json');
  if (!existsSync(installed)) return false;
  const have = new Map(lockedPackages(installed));
  return lockedPackages(join(folder, 'package-lock.json')).every(
    ([path, wanted]) => have.get(path)?.version === wanted.version || (wanted.optional && !have.has(path)) || wanted.peer,
  );
}

function npmInstall(folder, what) {
  if (isInstalled(folder)) return;
  console.log(`Installing ${what} (npm ci)`);
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status } = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ci failed in ${folder}.`);
}

/** The project's own packages. */
export const ensureDependencies = () => npmInstall(root, 'dependencies');

/** VS Code from the npm registry: a package of its own, 0.5 GB, which only `npm test` and `npm start` without `code` need. */
export const ensureEditor = () => npmInstall(editorFolder, 'the editor for end-to-end tests');

const isExecutable = (file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Full path of a program on PATH, or undefined. */
export function findProgram(name) {
  const endings = process.platform === 'win32' ? ['.cmd', '.exe'] : [''];
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const ending of endings) {
      const file = join(folder, name + ending);
      if (folder !== '' && isExecutable(file)) return file;
    }
  }
  return undefined;
}

const browserNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const browserPaths = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** INITLENS_CHROMIUM, else a Chromium or Chrome that is installed; undefined where there is none. */
export function findChromium() {
  const chosen = process.env.INITLENS_CHROMIUM;
  if (chosen) return isExecutable(chosen) ? chosen : undefined;
  for (const name of browserNames) {
    const found = findProgram(name);
    if (found) return found;
  }
  return browserPaths.find(isExecutable);
}

function aptPrefix() {
  if (!findProgram('apt-get')) return undefined;
  if (process.getuid?.() === 0) return [];
  const sudo = findProgram('sudo');
  return sudo && spawnSync(sudo, ['-n', 'true']).status === 0 ? [sudo, '-n'] : undefined;
}

/** Path of a Chromium, installed by apt where that is allowed; throws a message that says what to do where it is not. */
export function ensureChromium() {
  const present = findChromium();
  if (present) return present;
  const prefix = aptPrefix();
  if (prefix) {
    console.log('Installing Chromium (apt-get)');
    const apt = (...args) =>
      spawnSync(prefix[0] ?? 'apt-get', [...prefix.slice(1), ...(prefix.length > 0 ? ['apt-get'] : []), ...args], {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      });
    apt('update');
    apt('install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core');
    const installed = findChromium();
    if (installed) return installed;
  }
  throw new Error(
    'The preview and editor tests need Chromium or Chrome, and it cannot be installed here without asking.\n' +
      '  Debian, Ubuntu: sudo apt-get install chromium\n' +
      '  elsewhere:      install Chrome, or set INITLENS_CHROMIUM to its path\n' +
      'To leave these tests out: npm test -- --no-browser',
  );
}
