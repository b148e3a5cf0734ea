import { Session as Inspector, type Profiler } from 'node:inspector/promises';
import type { BenchCase } from '../cases/bench-case.js';
import { findCase } from '../cases/catalogue.js';
import { fillPool, mustLendToOneAtATime } from '../cases/pool.js';
import { findSubject } from '../subjects/catalogue.js';
import type { LendingPool, Server, Session } from '../subjects/subject.js';
import type { Order, Slice } from './messages.js';
import { WaitLog } from './wait-log.js';

/*
 * A process for each subject, idle while others are measured: no subject runs on code that another one has warmed up or
 * spoilt for the compiler, or waits for another one's garbage.
 */
const subject = findSubject(process.argv[2] ?? '');
let session: Session | undefined;
let pool: LendingPool<unknown> | undefined;
const waits = new WaitLog();
let server: Server | undefined;
let step = 0;
let inspector: Inspector | undefined;

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'open':
      session = await (await subject.openSession!())(order.url);
      return undefined;
    case 'open-pool':
      pool = await (await subject.openPool!())(order.url);
      return undefined;
    case 'serve':
      server = await (await subject.openServer!())(order.url);
      return server.port;
    case 'work':
      return work(findCase(order.caseName), order.sampleMs);
    case 'cpu':
      return cpuMicroseconds();
    case 'profile-start':
      return startProfile();
    case 'profile-stop':
      return stopProfile();
    case 'close':
      await session?.close();
      await pool?.close();
      await server?.close();
      session = pool = server = undefined;
      return undefined;
  }
}

function work(benchCase: BenchCase, sampleMs: number): Promise<Slice> {
  switch (benchCase.kind) {
    case 'work':
      return timed(sampleMs, async () => {
        await benchCase.run(session!, ++step);
        return 1;
      });
    case 'pool':
      return lend(pool!, () => timed(sampleMs, () => benchCase.run(pool!, waits)));
    case 'http':
      throw new Error(`${benchCase.name} is measured from outside.`);
  }
}

/** All connections are idle before, and found to be lent to one at a time afterwards. */
async function lend(pool: LendingPool<unknown>, run: () => Promise<Slice>): Promise<Slice> {
  await fillPool(pool);
  waits.take();
  const slice = { ...(await run()), waits: waits.take() };
  await mustLendToOneAtATime(pool);
  return slice;
}

/** Runs again and again for at least `sampleMs`; `run` gives how many units of work it did. */
async function timed(sampleMs: number, run: () => Promise<number>): Promise<Slice> {
  const cpuBefore = cpuMicroseconds();
  const start = performance.now();
  const end = start + sampleMs;
  let count = 0;
  let now = start;
  while (now < end) {
    count += await run();
    now = performance.now();
  }
  return {
    count,
    microseconds: ((now - start) * 1_000) / count,
    cpuMicroseconds: (cpuMicroseconds() - cpuBefore) / count,
  };
}

function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function startProfile(): Promise<void> {
  inspector = new Inspector();
  inspector.connect();
  await inspector.post('Profiler.enable');
  await inspector.post('Profiler.setSamplingInterval', { interval: 100 });
  await inspector.post('Profiler.start');
}

async function stopProfile(): Promise<Profiler.Profile> {
  const { profile } = await inspector!.post('Profiler.stop');
  inspector!.disconnect();
  return profile;
}

let queue = Promise.resolve();
process.on('message', (order: Order) => {
  queue = queue.then(() =>
    obey(order).then(
      (value) => void process.send!({ value }),
      (error: unknown) =>
        void process.send!({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    ),
  );
});
// Also when the runner is gone without a word.
process.on('disconnect', () => process.exit());
process.send!({ value: 'ready' });
