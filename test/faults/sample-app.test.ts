import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SeededRandom } from '../support/seeded-random.js';
import { startFaultServer, type FaultServer } from './support/fault-server.js';
import { expectHonestAnswers, expectLedgerTrue, makeAccounts } from './support/ledger.js';
import { SampleAppProcess } from './support/sample-app-process.js';
import { TransferCrowd, isAcknowledged, type Exchange } from './support/transfer-crowd.js';

const CLIENTS = 64;
const ACCOUNTS = 10;
/** Everybody is served again so soon after server or application are ready, in ms. */
const SERVED_WITHIN_MS = 2_000;
/** What the crowd may take to be served once when nothing is wrong; a machine that needs longer has more time for all. */
const CALM_ROUND_MS = 500;
/** The default `borrowTimeout` of the pool, and what a busy machine may add, in ms. */
const ANSWERED_WITHIN_MS = 5_000 + 1_500;
/** An answer that was on its way when the server went down, in ms. */
const ON_ITS_WAY_MS = 250;

let server: FaultServer;
let app: SampleAppProcess;
beforeAll(async () => {
  server = await startFaultServer();
  app = await SampleAppProcess.start(server.url);
}, 300_000);
afterAll(async () => {
  await app?.stop();
  await server?.dispose();
});

/** What a fault tells: when it was over, and when the server was down. */
interface Fault {
  readonly readyMs: number;
  readonly downMs?: number;
}

/** Lets the crowd work, lets the fault happen, and gives what the crowd heard once everybody was served again. */
async function sendThrough(
  name: string,
  fault: () => Promise<Fault>,
): Promise<Fault & { readonly crowd: TransferCrowd }> {
  const accounts = await makeAccounts(app.url, ACCOUNTS);
  const crowd = new TransferCrowd({ url: app.url, accounts, clients: CLIENTS, prefix: name, seed: 3 });
  await crowd.servedSince(performance.now(), 20_000);
  const calmMs = performance.now();
  await crowd.servedSince(calmMs, 20_000);
  const calmEndMs = performance.now();
  const roundMs = crowd.longestWaitSince(calmMs);
  const happened = await fault();
  await crowd.servedSince(happened.readyMs, 20_000);
  await crowd.finish();

  const waitedMs = crowd.longestWaitSince(happened.readyMs);
  if (process.env['SHOW_FIGURES']) {
    const calm = answersBetween(crowd, calmMs, calmEndMs).filter(isAcknowledged).length;
    const perSecond = (calm / (calmEndMs - calmMs)) * 1_000;
    process.stderr.write(
      `${name}: all served again after ${waitedMs.toFixed()} ms, a calm round ${roundMs.toFixed()} ms, ` +
        `${perSecond.toFixed()} transfers in a second of it\n`,
    );
  }
  const slowness = Math.max(1, roundMs / CALM_ROUND_MS);
  expect(waitedMs, summaryOf(crowd.exchanges)).toBeLessThanOrEqual(SERVED_WITHIN_MS * slowness);
  await expectLedgerTrue(server, { crowd, accounts });
  await vi.waitFor(async () => {
    const states = new Set((await server.sessions()).map(({ state }) => state));
    expect([...states]).toEqual(['idle']);
  }, 1_000);
  expect(app.isRunning).toBe(true);
  return { ...happened, crowd };
}

function summaryOf(exchanges: readonly Exchange[]): string {
  const counts: Record<string, number> = {};
  for (const { status } of exchanges) counts[status] = (counts[status] ?? 0) + 1;
  const longestMs = Math.max(...exchanges.map(({ sentMs, answeredMs }) => answeredMs - sentMs));
  return `answers: ${JSON.stringify(counts)}, the last of them after ${Math.round(longestMs)} ms`;
}

describe('64 clients that transfer money by key', () => {
  it('lose nothing while one session after the other is killed', { timeout: 120_000 }, async () => {
    const { crowd } = await sendThrough('one by one', async () => {
      const random = new SeededRandom(11);
      for (let kills = 0; kills < 30; kills++) {
        const sessions = await server.sessions();
        if (sessions.length > 0) await server.terminate(random.pick(sessions).pid);
        await sleep(100);
      }
      return { readyMs: performance.now() };
    });
    expectHonestAnswers(crowd.exchanges, { mayBeLost: false });
  });

  it('lose nothing when all sessions are killed at once, again and again', { timeout: 120_000 }, async () => {
    const { crowd } = await sendThrough('all at once', async () => {
      for (let kills = 0; kills < 4; kills++) {
        await server.terminateAll();
        await sleep(400);
      }
      await server.terminateAll();
      return { readyMs: performance.now() };
    });
    expectHonestAnswers(crowd.exchanges, { mayBeLost: false });
  });

  it('lose nothing when the server crashes and starts again', { timeout: 120_000 }, async () => {
    const { crowd } = await sendThrough('crash', async () => {
      await server.stop('immediate');
      return { readyMs: await server.start() };
    });
    expectHonestAnswers(crowd.exchanges, { mayBeLost: false });
  });

  it('wait for a server that is stopped for 2 s', { timeout: 120_000 }, async () => {
    const { crowd, readyMs, downMs } = await sendThrough('stopped', async () => {
      await server.stop('fast');
      const downMs = performance.now();
      await sleep(2_000);
      return { downMs, readyMs: await server.start() };
    });
    expectHonestAnswers(crowd.exchanges, { mayBeLost: false });
    expect(answersBetween(crowd, downMs! + ON_ITS_WAY_MS, readyMs).filter(({ status }) => status !== 503)).toEqual([]);
  });

  it('are told to come again while the server stays away', { timeout: 120_000 }, async () => {
    let health: { readonly status: number; readonly retryAfter: string | null; readonly afterMs: number } | undefined;
    const { crowd, readyMs, downMs } = await sendThrough('away', async () => {
      await server.stop('fast');
      const downMs = performance.now();
      const { status, headers } = await fetch(`${app.url}/health`);
      health = { status, retryAfter: headers.get('retry-after'), afterMs: performance.now() - downMs };
      await sleep(7_000 - (performance.now() - downMs));
      return { downMs, readyMs: await server.start() };
    });
    expectHonestAnswers(crowd.exchanges, { mayBeLost: false });
    const told = answersBetween(crowd, downMs! + ON_ITS_WAY_MS, readyMs);
    expect(new Set(told.map(({ client }) => client)).size).toBe(CLIENTS);
    expect(new Set(told.map(({ status }) => status))).toEqual(new Set([503]));
    const waitsMs = told.map(({ sentMs, answeredMs }) => answeredMs - Math.max(sentMs, downMs!));
    expect(Math.max(...waitsMs)).toBeLessThan(ANSWERED_WITHIN_MS);
    expect(health).toMatchObject({ status: 503, retryAfter: '1' });
    expect(health!.afterMs).toBeLessThan(3_000);
  });

  it('lose nothing when the application is killed and starts again', { timeout: 120_000 }, async () => {
    const { crowd } = await sendThrough('application', async () => {
      await app.kill();
      return { readyMs: await app.start() };
    });
    expectHonestAnswers(crowd.exchanges, { mayBeLost: true });
    expect(crowd.exchanges.some(({ status }) => status === 'lost')).toBe(true);
  });

  it('leave no connection borrowed', { timeout: 30_000 }, async () => {
    const startMs = performance.now();
    await app.stop();
    // Those that are borrowed are waited for, and told of.
    expect(performance.now() - startMs).toBeLessThan(3_000);
    expect(app.log).not.toContain('still borrowed');
    expect(await server.sessions()).toEqual([]);
  });
});

function answersBetween({ exchanges }: TransferCrowd, fromMs: number, toMs: number): readonly Exchange[] {
  return exchanges.filter(({ answeredMs }) => answeredMs > fromMs && answeredMs < toMs);
}
