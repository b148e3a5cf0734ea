import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The package root: every command runs there, wherever it was called from. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Whether the module at `url` is what Node was asked to run, rather than imported by it. */
export function isProgram(url) {
  return url === pathToFileURL(process.argv[1] ?? '').href;
}

/** Ends this process for the reason that the error tells; where it was thrown says nothing to who reads it. */
export function endWithMessage(error) {
  console.error(error.message);
  process.exit(1);
}

/**
 * Runs a program with this terminal and resolves to its exit code. A signal sent to this process meanwhile goes to the
 * program, and this process ends the way the program did, so that nothing is left running behind an interrupted step.
 */
export function runCommand(program, programArguments, { env = process.env, shell = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, programArguments, { cwd: ROOT, env, shell, stdio: 'inherit' });
    let stopped = false;
    const forward = (signal) => {
      stopped = true;
      child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    const settle = (finish) => {
      for (const signal of signals) process.off(signal, forward);
      finish();
    };
    child.once('error', (error) => settle(() => reject(error)));
    child.once('close', (code, signal) =>
      settle(() => {
        if (stopped) process.exit(code ?? 130);
        resolve(code ?? (signal === null ? 0 : 1));
      }),
    );
  });
}

/** Runs npm: the one that runs this script if there is one, else the one on the path. */
export function runNpm(npmArguments) {
  const cli = process.env.npm_execpath;
  if (cli !== undefined && /npm-cli\.c?js$/.test(cli)) return runCommand(process.execPath, [cli, ...npmArguments]);
  return runCommand('npm', npmArguments, { shell: process.platform === 'win32' });
}

/** Runs the command `name` of an installed package, without a shell and without asking npm for it. */
export function runTool(packageName, name, toolArguments, options) {
  const require = createRequire(join(ROOT, 'package.json'));
  const manifestPath = findManifest(require, packageName);
  const { bin } = require(manifestPath);
  const file = typeof bin === 'string' ? bin : bin[name];
  return runCommand(process.execPath, [join(dirname(manifestPath), file), ...toolArguments], options);
}

// A package may keep its manifest out of `exports`; its folder is then found the way Node itself walks.
function findManifest(require, packageName) {
  for (const folder of require.resolve.paths(packageName)) {
    const candidate = join(folder, packageName, 'package.json');
    try {
      return require.resolve(candidate);
    } catch {
      continue;
    }
  }
  throw new Error(`The package "${packageName}" is not installed. Run: npm install`);
}
