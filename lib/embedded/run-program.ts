import { spawn } from 'node:child_process';

/** An operating system user that a program runs as. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface ProgramResult {
  /** 0 is success; -1 when the program could not be started or took too long. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly user?: ServerUser | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds until the program is killed; default 10 s. */
  readonly timeout?: number | undefined;
}

/** Runs a program to its end, without a shell, and tells how it went; it never rejects. */
export function runProgram(
  program: string,
  parameters: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const { user, environment, timeout = 10_000 } = options;
  return new Promise((resolve) => {
    const child = spawn(program, parameters, {
      // The caller's working directory may be closed to `user`; programs complain when they cannot read theirs.
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
      timeout,
      killSignal: 'SIGKILL',
      ...(user && { uid: user.uid, gid: user.gid }),
      ...(environment && { env: environment }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', (error) => resolve({ status: -1, stdout, stderr: error.message }));
    child.once('close', (code) => resolve({ status: code ?? -1, stdout, stderr }));
  });
}

/**
 * What the server and its programs see of the process's settings: enough to run, none of the application's secrets,
 * no `PG*` that would bend them, and one language for their messages.
 */
export function programEnvironment(settings: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const environment: Record<string, string> = { LC_ALL: 'C' };
  for (const [name, value] of Object.entries(settings)) {
    if (value !== undefined && /^(PATH|TMPDIR|TEMP|TMP|SYSTEMROOT|(DY)?LD_LIBRARY_PATH|HOME)$/i.test(name)) {
      environment[name] = value;
    }
  }
  return environment;
}
