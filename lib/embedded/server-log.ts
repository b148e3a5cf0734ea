import { open, stat, truncate } from 'node:fs/promises';

const READ_BYTES = 16_384;
const KEEP_BYTES = 10 * 1024 * 1024;

/** Size of a log file in bytes, so that what is added later can be told apart; begins a huge log anew. */
export async function markLog(file: string): Promise<number> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size <= KEEP_BYTES) return size;
  await truncate(file, 0);
  return 0;
}

/**
 * The last complaints in a server log after `fromBytes`, oldest first, at most `count`: FATAL, PANIC, ERROR and HINT
 * lines, else whatever came last. Statements are never among them.
 */
export async function lastLines(file: string, fromBytes: number, count = 4): Promise<readonly string[]> {
  const lines = (await tail(file, fromBytes)).split('\n').map((line) => line.trim());
  const plain = lines.filter((line) => line !== '' && !/\bSTATEMENT:|\bDETAIL:.*=\(/.test(line));
  const complaints = plain.filter((line) => /\b(FATAL|PANIC|ERROR|HINT):|could not/.test(line));
  return (complaints.length > 0 ? complaints : plain).slice(-count).map(withoutPrefix);
}

async function tail(file: string, fromBytes: number): Promise<string> {
  try {
    await using handle = await open(file);
    const { size } = await handle.stat();
    const start = Math.max(fromBytes, size - READ_BYTES);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(READ_BYTES), 0, READ_BYTES, start);
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return ''; // No log: the server never came to write one.
  }
}

/** Time and process id say nothing to who reads one error. */
function withoutPrefix(line: string): string {
  return line.replace(/^\d{4}-\d\d-\d\d [\d:.]+ \w+ (\[\d+\] )?/, '');
}
