import { execFile } from 'node:child_process';

export interface RunOptions {
  readonly cwd: string;
}

/** Runs a program to its end and resolves to what it wrote; rejects with all of it when the program fails. */
export function run(program: string, programArguments: readonly string[], { cwd }: RunOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      cwd,
      env: plainEnvironment(),
      maxBuffer: 64 * 1024 * 1024,
      shell: program === 'npm' && isWindows,
    };
    execFile(program, [...programArguments], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else
        reject(new Error(`${program} ${programArguments.join(' ')} failed:\n${stdout}\n${stderr}`, { cause: error }));
    });
  });
}

/** Runs npm: the one that runs these tests if there is one, else the one on the path. */
export function runNpm(npmArguments: readonly string[], options: RunOptions): Promise<string> {
  const cli = process.env['npm_execpath'];
  const isNpm = cli !== undefined && /npm-cli\.c?js$/.test(cli);
  return isNpm ? run(process.execPath, [cli, ...npmArguments], options) : run('npm', npmArguments, options);
}

/**
 * The environment of a terminal of somebody else: no database named, no test runner around, and none of the settings
 * that npm gives to the scripts it runs, which would make an npm inside believe that it works on this package.
 */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const foreign =
    /^(DATABASE_URL|PG[A-Z]+|NODE_ENV|VITEST.*|TEST_.*|npm_(package|lifecycle|command|config_local_prefix).*|INIT_CWD|PORT|CI)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

const isWindows = process.platform === 'win32';
