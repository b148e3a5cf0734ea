import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import { useRig } from './support/rig.js';
import { timed } from './support/timed.js';

afterEach(() => rig.server.terminateAll());
const rig = useRig();

describe('a request to cancel that overtakes its statement', () => {
  // It travels on a connection of its own, so nothing keeps the two in order.
  it.each(['an abort signal', '`cancel`'] as const)(
    'is made again until the statement is stopped on the server, within 500 ms of its arrival (%s)',
    async (way) => {
      rig.pool = new ConnectionPool({ max: 1 });
      const lease = await rig.pool.borrow({ url: rig.line.url });
      const controller = new AbortController();
      rig.line.forOpen('black-hole');
      const query = timed(lease.query('SELECT pg_sleep(20)', [], { signal: controller.signal }));
      await sleep(20);
      if (way === '`cancel`') lease.cancel();
      else controller.abort(new Error('no longer wanted'));
      await sleep(100);
      rig.line.heal(); // Here the statement arrives.
      const arrivedMs = performance.now();
      await sleep(20);
      const runs = async (): Promise<boolean> => (await rig.server.sessions()).some(({ state }) => state === 'active');
      await expect.poll(runs, { timeout: 2_000, interval: 20 }).toBe(false);
      expect(performance.now() - arrivedMs).toBeLessThan(500);
      expect((await query).error).toBeInstanceOf(Error);
      rig.pool.giveBack(lease);
    },
  );
});
