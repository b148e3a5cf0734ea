import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const started: ChildProcess[] = [];

/** Runs lines of JavaScript in a Node of its own, below a shell as npm puts it. */
function startBelowShell(code: string): ChildProcess {
  const child = spawn('sh', ['-c', '"$0" --input-type=module -e "$1"; true', process.execPath, code], {
    cwd: root,
    env: { ...process.env, npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  return child;
}

async function firstOutput(child: ChildProcess): Promise<string> {
  const [chunk] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  return chunk.toString().trim();
}

async function endsWithin(pid: number, timeout: number): Promise<boolean> {
  for (const deadline = Date.now() + timeout; Date.now() < deadline; await wait(50)) {
    if (!isRunning(pid)) return true;
  }
  return false;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

describe.skipIf(process.platform === 'win32')('a script that npm runs', () => {
  const following = `import { followRunner } from './scripts/follow-runner.mjs';
    followRunner();
    setInterval(() => {}, 1000);
    console.log(process.pid);`;

  it.each(['SIGTERM', 'SIGKILL'] as const)('ends when what started it is gone by %s', async (signal) => {
    const shell = startBelowShell(following);
    const pid = Number(await firstOutput(shell));
    expect(isRunning(pid)).toBe(true);
    shell.kill(signal);
    expect(await endsWithin(pid, 10_000)).toBe(true);
  });
});

describe('a step lock', () => {
  const name = `test-${randomUUID()}`;
  const lock = join(root, '.cache', `${name}.lock`);
  const step = `import { setTimeout as wait } from 'node:timers/promises';
    import { withStepLock } from './scripts/step-lock.mjs';
    await withStepLock('${name}', async () => { const from = Date.now(); await wait(300); console.log(from, Date.now()); });`;

  const runStep = async (): Promise<readonly number[]> => {
    const child = startBelowShell(step);
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await once(child, 'close');
    return (output.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  };

  afterEach(() => rm(lock, { force: true }));

  it('lets one process after the other through', async () => {
    const runs = await Promise.all([runStep(), runStep()]);
    const [first, second] = runs.sort(([a = 0], [b = 0]) => a - b);
    expect(first?.[1]).toBeLessThanOrEqual(second?.[0] ?? 0);
    expect(existsSync(lock)).toBe(false);
  });

  it('counts for nothing when its process is gone', async () => {
    const gone = spawn(process.execPath, ['-e', '']);
    await once(gone, 'exit');
    await mkdir(join(root, '.cache'), { recursive: true });
    await writeFile(lock, String(gone.pid));
    expect(await readFile(lock, 'utf8')).toBe(String(gone.pid));
    expect(await runStep()).toHaveLength(2);
  });
});
