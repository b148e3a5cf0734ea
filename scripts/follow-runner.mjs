import { readFileSync } from 'node:fs';

/**
 * Ends this process when the npm that runs it has gone. npm puts a shell in between, which passes no signal on, so a
 * stopped or killed npm would leave this process behind, with its port and its database.
 */
export function followRunner() {
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return;
  const started = ancestors();
  const timer = setInterval(() => {
    if (ancestors() === started) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
    // What does not end of itself must not outlive its runner either.
    setTimeout(() => process.exit(143), 15_000).unref();
  }, 250);
  timer.unref();
}

/** The parent, and the parent's parent where the system tells it: shells elsewhere replace themselves by the program. */
function ancestors() {
  const parent = process.ppid;
  try {
    const status = readFileSync(`/proc/${parent}/stat`, 'utf8');
    // The name, in brackets, may hold anything; the state and the parent follow it.
    return `${parent} ${status.slice(status.lastIndexOf(')') + 1).split(' ')[2]}`;
  } catch {
    return `${parent}`;
  }
}
