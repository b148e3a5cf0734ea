import { channel } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Registry, type Environment } from '../../lib/core.js';
import { PoolError, PoolExhaustedError, PoolTimeoutError } from '../../lib/errors/pool-errors.js';
import type { Clock } from '../../lib/pool/clock.js';
import type { ConnectionLease } from '../../lib/pool/connection-lease.js';
import { ConnectionPool, type BorrowOptions } from '../../lib/pool/connection-pool.js';
import type { PoolOptions } from '../../lib/pool/pool-options.js';
import { SeededRandom } from '../support/seeded-random.js';
import { FakeClock } from './support/fake-clock.js';
import { reachableBytes } from './support/heap.js';
import { useRig } from './support/rig.js';
import { timed, uncaughtDuring } from './support/timed.js';

const rig = useRig();

function open(options: PoolOptions, clock?: Clock): void {
  rig.pool = new ConnectionPool(options, clock);
}

const borrow = (options: BorrowOptions = {}): Promise<ConnectionLease> =>
  rig.pool.borrow({ url: rig.server.url }, options);

/** All that the pool has can be borrowed at the same time and answers, and nothing more is counted. */
async function expectWhole(): Promise<void> {
  const { max } = rig.pool.stats();
  const leases = await Promise.all(Array.from({ length: max }, () => borrow({ timeout: 5_000 })));
  expect(new Set(leases.map(({ processId }) => processId)).size).toBe(max);
  await Promise.all(leases.map((lease) => lease.send({ text: 'SELECT', origin: 'read' })));
  expect(rig.pool.stats()).toMatchObject({ total: max, borrowed: max, waiting: 0 });
  for (const lease of leases) rig.pool.giveBack(lease);
  expect(rig.pool.stats()).toMatchObject({ total: max, idle: max, borrowed: 0, waiting: 0, connecting: 0 });
}

describe('borrowers of a full pool', () => {
  it('are served strictly in order of arrival, also when others give up or are aborted among them', async () => {
    open({ max: 3, borrowTimeout: 20_000 });
    const random = new SeededRandom(11);
    const held = await Promise.all(Array.from({ length: 3 }, () => borrow()));
    const order: number[] = [];
    const fates: string[] = [];
    const waiting = Array.from({ length: 300 }, async (_, index) => {
      const kind = random.pick(['stays', 'stays', 'times out', 'is aborted'] as const);
      const controller = new AbortController();
      const timeout = kind === 'times out' ? 1 + random.below(250) : 20_000;
      if (kind === 'is aborted') setTimeout(() => controller.abort(new Error('left')), random.below(250));
      try {
        const lease = await borrow({ timeout, signal: controller.signal });
        order.push(index);
        await sleep(1);
        rig.pool.giveBack(lease);
        fates.push('served');
      } catch (error) {
        if (kind === 'times out') expect(error).toBeInstanceOf(PoolTimeoutError);
        else expect(error).toBe(controller.signal.reason);
        fates.push(kind);
      }
    });
    expect(rig.pool.stats().waiting).toBe(300);
    await sleep(100);
    for (const lease of held) rig.pool.giveBack(lease);
    await Promise.all(waiting);
    expect(order).toEqual([...order].sort((one, other) => one - other));
    expect(fates).toHaveLength(300);
    for (const fate of ['served', 'times out', 'is aborted']) expect(fates).toContain(fate);
    await expectWhole();
  });

  it('are served strictly in order of arrival, whatever database they want', async () => {
    open({ max: 1, borrowTimeout: 20_000 });
    const other = await rig.server.createDatabase('order_of_arrival');
    const held = await borrow();
    const order: number[] = [];
    const urls = [rig.server.url, other, other, rig.server.url, other, rig.server.url, rig.server.url, other];
    const waiting = urls.map(async (url, index) => {
      await using lease = await rig.pool.borrow({ url });
      order.push(index);
      await lease.send({ text: 'SELECT', origin: 'read' });
    });
    rig.pool.giveBack(held);
    await Promise.all(waiting);
    expect(order).toEqual(urls.map((_, index) => index));
  });

  it('are not overtaken by one who comes in the moment when a connection is given back', async () => {
    open({ max: 1 });
    const held = await borrow();
    const first = borrow().then((lease) => ({ lease, name: 'first' }));
    rig.pool.giveBack(held);
    expect(rig.pool.borrowIdle({ url: rig.server.url })).toBeUndefined();
    const second = borrow().then((lease) => ({ lease, name: 'second' }));
    const { lease, name } = await Promise.race([first, second]);
    expect(name).toBe('first');
    rig.pool.giveBack(lease);
    rig.pool.giveBack((await second).lease);
  });
});

describe('one deadline', () => {
  const timeout = 500;

  it.each([0, 40, 120, 300])(
    'covers waiting, connecting and checking together, when each answer comes %i ms late',
    async (delayMs) => {
      open({ max: 2, checkAfter: 0, borrowTimeout: timeout });
      const viaLine = (): Promise<ConnectionLease> => rig.pool.borrow({ url: rig.line.url });
      const uncaught = await uncaughtDuring(async () => {
        // One connection that has to be checked, one that is out for a part of the time and is then made anew.
        const [idle, held] = await Promise.all([viaLine(), viaLine()]);
        rig.pool.giveBack(idle);
        await sleep(30);
        rig.line.delayAnswers(delayMs);
        const ends = Promise.all(
          Array.from({ length: 8 }, async () => {
            const end = await timed(viaLine());
            if (end.value !== undefined) setTimeout(() => rig.pool.giveBack(end.value!), 60);
            return end;
          }),
        );
        await sleep(200);
        rig.pool.giveBack(held, new Error('used up'));
        for (const { error, ms } of await ends) {
          expect(ms).toBeLessThan(timeout + 150);
          if (error === undefined) continue;
          expect(error).toBeInstanceOf(PoolError);
          expect(ms).toBeGreaterThan(timeout - 5);
        }
      });
      expect(uncaught).toEqual([]);
      rig.line.heal();
      await expect.poll(() => rig.pool.stats(), { timeout: 3_000 }).toMatchObject({ borrowed: 0, waiting: 0 });
    },
  );
});

describe('`maxWaiting`', () => {
  it('refuses the next borrower at once, with the figures and what to do, and those in line keep their places', async () => {
    open({ max: 2, maxWaiting: 3 });
    const held = await Promise.all([borrow(), borrow()]);
    const waiting = Array.from({ length: 3 }, () => borrow());
    const { error, ms } = await timed(borrow());
    expect(ms).toBeLessThan(50);
    expect(error).toBeInstanceOf(PoolExhaustedError);
    expect(error).toMatchObject({
      code: 'POOL_EXHAUSTED',
      hint: expect.stringContaining('`maxWaiting`') as string,
      figures: { borrowed: 2, max: 2, idle: 0, connecting: 0 },
    });
    expect((error as Error).message).toMatch(/^3 borrowers are waiting already.*\(2 borrowed, 0 idle/);
    expect(rig.pool.stats().waiting).toBe(3);
    for (const lease of held) rig.pool.giveBack(lease);
    await Promise.all(waiting.map(async (one) => rig.pool.giveBack(await one)));
    await expectWhole();
  });

  it('counts those who wait for others, not those whose connection is being made', async () => {
    open({ max: 4, maxWaiting: 2 });
    const ends = Array.from({ length: 7 }, () => timed(borrow().then((lease) => rig.pool.giveBack(lease))));
    const errors = (await Promise.all(ends)).map(({ error }) => error);
    expect(errors.slice(0, 6)).toEqual(Array(6).fill(undefined));
    expect(errors[6]).toBeInstanceOf(PoolExhaustedError);
  });
});

describe('a waiter that timed out or was aborted', () => {
  it('never receives a connection, in 1,000 rounds where its end meets a connection that is given back', async () => {
    const clock = new FakeClock(new SeededRandom(1));
    open({ max: 1, idleTimeout: 1e9, maxLifetime: 1e9, checkAfter: 1e9 }, clock);
    const outcomes = { served: 0, refused: 0 };
    for (let round = 0; round < 1_000; round++) {
      const held = await borrow();
      const controller = new AbortController();
      const ended = timed(borrow({ timeout: 10, signal: controller.signal }));
      const behind = timed(borrow({ timeout: 1e6 }));
      const end = (): void => (round % 4 < 2 ? controller.abort(new Error('left')) : clock.advance(10));
      const giveBack = (): void => rig.pool.giveBack(held);
      for (const step of round % 2 === 0 ? [end, giveBack] : [giveBack, end]) {
        step();
        // Also with the turns of promises in between.
        if (round % 8 > 3) await Promise.resolve();
      }
      const { value } = await ended;
      outcomes[value === undefined ? 'refused' : 'served']++;
      if (value !== undefined) rig.pool.giveBack(value);
      rig.pool.giveBack((await behind).value!);
      expect(rig.pool.stats()).toMatchObject({ total: 1, idle: 1, borrowed: 0, waiting: 0 });
    }
    expect(outcomes).toEqual({ served: 500, refused: 500 });
  });

  it('never receives a connection, when real time decides', async () => {
    open({ max: 4, borrowTimeout: 10_000 });
    const random = new SeededRandom(3);
    let [served, refused] = [0, 0];
    const lanes = Array.from({ length: 16 }, async () => {
      for (let round = 0; round < 100; round++) {
        const kind = random.below(3);
        const signal = kind === 0 ? AbortSignal.timeout(random.below(4)) : undefined;
        const { value } = await timed(borrow({ timeout: kind === 1 ? 1 + random.below(4) : 10_000, signal }));
        if (value === undefined) refused++;
        else {
          served++;
          await sleep(random.below(3));
          rig.pool.giveBack(value);
        }
      }
    });
    await Promise.all(lanes);
    expect(served + refused).toBe(1_600);
    expect(refused).toBeGreaterThan(10);
    await expectWhole();
  });

  it('does not take the time of those behind it along when somebody who hears of it aborts another', async () => {
    open({ max: 1 });
    const held = await borrow();
    const controller = new AbortController();
    const abortOther = (): void => controller.abort(new Error('left'));
    const timeouts = channel('nest-registry:pool.timeout');
    timeouts.subscribe(abortOther);
    try {
      const waiting = [
        timed(borrow({ timeout: 100 })),
        timed(borrow({ timeout: 100, signal: controller.signal })),
        timed(borrow({ timeout: 100 })),
      ];
      const ends = await Promise.race([Promise.all(waiting), sleep(1_000)]);
      expect(ends?.map(({ error }) => (error as Error).name)).toEqual([
        'PoolTimeoutError',
        'Error',
        'PoolTimeoutError',
      ]);
    } finally {
      timeouts.unsubscribe(abortOther);
    }
    rig.pool.giveBack(held);
    expect(rig.pool.stats()).toMatchObject({ idle: 1, waiting: 0 });
  });
});

describe('a unit of work that borrows again inside itself', () => {
  const openRegistry = (): Promise<Registry> =>
    Registry.create({ database: { url: rig.server.url }, models: [], schema: 'off', pool: rig.pool });
  const sessionOf = async (cursor: Environment['cursor']): Promise<unknown> =>
    (await cursor.execute('SELECT pg_backend_pid() AS id'))[0]?.['id'];

  it.each(["propagation: 'new'", 'a cursor', 'a raw borrow'] as const)(
    'gets a connection of its own while there is one (%s)',
    async (way) => {
      open({ max: 2 });
      const registry = await openRegistry();
      await registry.run({}, async (env) => {
        const outer = await sessionOf(env.cursor);
        if (way === 'a cursor') {
          await using cursor = registry.cursor();
          expect(await sessionOf(cursor)).not.toBe(outer);
        } else if (way === 'a raw borrow') {
          await using lease = await borrow();
          expect(lease.processId).not.toBe(outer);
        } else {
          await registry.run({ propagation: 'new' }, async (inner) => {
            expect(await sessionOf(inner.cursor)).not.toBe(outer);
          });
        }
        expect(await sessionOf(env.cursor)).toBe(outer);
      });
      await expectWhole();
    },
  );

  it('gets an error that explains, never a deadlock, when all of them do so at once on a full pool', async () => {
    const borrowTimeout = 500;
    open({ max: 4, borrowTimeout });
    const registry = await openRegistry();
    let inside = 0;
    const startMs = performance.now();
    const ends = await Promise.all(
      Array.from({ length: 4 }, () =>
        timed(
          registry.run({}, async (env) => {
            await env.cursor.execute('SELECT 1');
            inside++;
            while (inside < 4) await sleep(1);
            await registry.run({ propagation: 'new' }, (inner) => inner.cursor.execute('SELECT 1'));
          }),
        ),
      ),
    );
    expect(performance.now() - startMs).toBeLessThan(borrowTimeout + 1_000);
    const errors = ends.map(({ error }) => error).filter((error) => error !== undefined);
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) {
      expect(error).toBeInstanceOf(PoolTimeoutError);
      expect(error).toMatchObject({
        hint: expect.stringMatching(/inside a unit of work that holds a connection itself/) as string,
        figures: { borrowed: 4, max: 4 },
      });
    }
    await expectWhole();
  });

  it('gets the connection of another as soon as that is done, also when none was free at first', async () => {
    open({ max: 2, borrowTimeout: 5_000 });
    const registry = await openRegistry();
    const nesting = registry.run({}, async (env) => {
      await env.cursor.execute('SELECT 1');
      await sleep(20);
      return registry.run({ propagation: 'new' }, (inner) => inner.cursor.execute('SELECT 2 AS two'));
    });
    await registry.run({}, (env) => env.cursor.execute('SELECT pg_sleep(0.2)'));
    expect(await nesting).toEqual([{ two: 2 }]);
    await expectWhole();
  });

  it('is told the figures when it borrowed by hand inside a borrow', async () => {
    open({ max: 1, borrowTimeout: 200 });
    const outer = await borrow();
    const { error, ms } = await timed(borrow());
    expect(error).toBeInstanceOf(PoolTimeoutError);
    expect(error).toMatchObject({ figures: { borrowed: 1, idle: 0, max: 1 }, hint: expect.any(String) as string });
    expect(ms).toBeLessThan(350);
    rig.pool.giveBack(outer);
    await expectWhole();
  });
});

describe('a waiter', () => {
  it.each(['without a signal', 'with a signal of its own'] as const)('takes at most 4 kB (%s)', async (kind) => {
    open({ max: 1, borrowTimeout: 60_000 });
    const held = await borrow();
    const count = 10_000;
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    const controllers: AbortController[] = [];
    const waiting: Promise<unknown>[] = [];
    const wait = (): void => {
      const controller = kind === 'without a signal' ? undefined : new AbortController();
      if (controller !== undefined) controllers.push(controller);
      waiting.push(borrow({ signal: controller?.signal }).catch((error: unknown) => error));
    };
    for (let index = 0; index < 500; index++) wait(); // What is made once is made by the first.
    const beforeBytes = await reachableBytes();
    for (let index = 0; index < count; index++) wait();
    const bytesEach = ((await reachableBytes()) - beforeBytes) / count;
    process.off('warning', note);
    expect(rig.pool.stats().waiting).toBe(count + 500);
    expect(bytesEach).toBeGreaterThan(100);
    expect(bytesEach).toBeLessThan(4_096);
    expect(warnings).toEqual([]);

    for (const controller of controllers) controller.abort();
    rig.pool.giveBack(held);
    await rig.pool.end({ timeout: 0 });
    await Promise.all(waiting);
    expect(rig.pool.stats().waiting).toBe(0);
    if (process.env['SHOW_FIGURES']) process.stdout.write(`${kind}: ${Math.round(bytesEach)} bytes a waiter\n`);
  });
});
