import { Session as Inspector, type Profiler } from 'node:inspector/promises';
import { findCase } from '../cases/catalogue.js';
import { findSubject } from '../subjects/catalogue.js';
import type { Server, Session } from '../subjects/subject.js';
import type { Order, Sample } from './messages.js';

/*
 * A process for each subject, idle while others are measured: no subject runs on code that another one has warmed up or
 * spoilt for the compiler, or waits for another one's garbage.
 */
const subject = findSubject(process.argv[2] ?? '');
let session: Session | undefined;
let server: Server | undefined;
let step = 0;
let inspector: Inspector | undefined;

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'open':
      session = await (await subject.openSession!())(order.url);
      return undefined;
    case 'serve':
      server = await (await subject.openServer!())(order.url);
      return server.port;
    case 'work':
      return work(order.caseName, order.sampleMs);
    case 'cpu':
      return cpuMicroseconds();
    case 'profile-start':
      return startProfile();
    case 'profile-stop':
      return stopProfile();
    case 'close':
      await session?.close();
      await server?.close();
      session = server = undefined;
      return undefined;
  }
}

/** Units of work, one after the other, for at least `sampleMs`. */
async function work(caseName: string, sampleMs: number): Promise<Sample> {
  const benchCase = findCase(caseName);
  if (benchCase.kind !== 'work') throw new Error(`${caseName} is measured from outside.`);
  const cpuBefore = cpuMicroseconds();
  const start = performance.now();
  const end = start + sampleMs;
  let count = 0;
  let now = start;
  while (now < end) {
    await benchCase.run(session!, ++step);
    count++;
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
