import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Collects what nobody can reach, and lets those run who wanted to know that it is gone. */
export async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 4; round++) {
    collect();
    await turn();
  }
}

/** Bytes that are reachable: what is left after collecting until that is of no use any more. */
export async function reachableBytes(): Promise<number> {
  let bytes = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 10; round++) {
    await collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    if (heapUsed + external > bytes - 10_000) break;
    bytes = heapUsed + external;
  }
  return bytes;
}
