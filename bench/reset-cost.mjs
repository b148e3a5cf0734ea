/*
 * What it costs to clean sessions between borrowers: requests of a Nest application, and bare units of work, of two
 * statements under `reset: 'full'` against the same under 'transaction', which cleans nothing. The two take turns, a short
 * round each. Run it by `npm run bench:reset`, after a build.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { ConnectionPool, Cursor } from '../dist/lib/core.js';
import { startEmbeddedServer } from '../dist/lib/embedded.js';
import { firstStatements, secondStatement, WORKERS } from './reset-statements.mjs';

const ROUNDS = 121;
const UNITS = 400;
const RESETS = ['full', 'transaction'];

const server = await startEmbeddedServer({
  database: 'bench',
  lifetime: 'temporary',
  binaries: 'npm-first',
  parameters: { fsync: 'off' },
});
try {
  await compare('requests', serve);
  await compare('units of work', lend);
} finally {
  await server.stop();
}

async function compare(what, open) {
  const sides = await Promise.all(RESETS.map(open));
  for (const [index, left] of Object.keys(firstStatements).entries()) {
    const ratios = [];
    for (let round = 0; round < ROUNDS; round++) {
      const ms = [0, 0];
      for (const side of round % 2 === 0 ? [0, 1] : [1, 0]) ms[side] = await timeOf(() => sides[side].run(index));
      if (round > 0) ratios.push(ms[0] / ms[1]);
    }
    ratios.sort((a, b) => a - b);
    const [low, median, high] = [0.25, 0.5, 0.75].map((part) => ratios[Math.floor(ratios.length * part)].toFixed(2));
    console.log(`${what}, ${left}: ${median} of the time (${low} to ${high})`);
  }
  for (const side of sides) await side.close();
}

async function timeOf(run) {
  const startMs = performance.now();
  let left = UNITS;
  const work = async () => {
    while (left-- > 0) await run();
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return performance.now() - startMs;
}

function lend(reset) {
  const pool = new ConnectionPool({ max: WORKERS, reset });
  const statements = Object.values(firstStatements);
  const run = async (index) => {
    const cursor = new Cursor({ pool, target: { url: server.url } });
    await cursor.execute(...statements[index]);
    await cursor.execute(...secondStatement);
    await cursor.commit();
    await cursor.close();
  };
  return { run, close: () => pool.end() };
}

async function serve(reset) {
  const application = fork(new URL('reset-served.mjs', import.meta.url), [server.url, reset]);
  const [port] = await once(application, 'message');
  const agent = new Agent({ keepAlive: true, maxSockets: WORKERS });
  const run = (index) =>
    new Promise((resolve, reject) => {
      get({ port, agent, host: '127.0.0.1', path: `/leftovers/${index}` }, (answer) => {
        answer.resume();
        answer.on('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error(`${answer.statusCode}`))));
      }).on('error', reject);
    });
  const close = async () => {
    agent.destroy();
    application.disconnect();
    await once(application, 'exit');
  };
  return { run, close };
}
