/*
 * What it costs to clean sessions between borrowers: units of work of two statements under `reset: 'full'` against the same
 * under 'transaction', which cleans nothing. Sixteen workers on sixteen connections; the two take turns, a short round each.
 * Run it by `npm run bench:reset`, after a build.
 */
import { ConnectionPool, Cursor } from '../dist/lib/core.js';
import { startEmbeddedServer } from '../dist/lib/embedded.js';

const ROUNDS = 121;
const UNITS = 400;
const WORKERS = 16;

const firstStatements = {
  'nothing to clean': ['SELECT relname FROM pg_class WHERE oid = $1', [1259]],
  'a setting': ["SELECT set_config('bench.tenant', $1, false)", ['seven']],
  'an advisory lock': ['SELECT pg_try_advisory_lock_shared($1)', [7]],
};

const server = await startEmbeddedServer({
  database: 'bench',
  lifetime: 'temporary',
  binaries: 'npm-first',
  parameters: { fsync: 'off' },
});
for (const [left, statement] of Object.entries(firstStatements)) console.log(`${left}: ${await costOf(statement)}`);
await server.stop();

async function costOf(statement) {
  const pools = ['full', 'transaction'].map((reset) => new ConnectionPool({ max: WORKERS, reset }));
  const ratios = [];
  for (let round = 0; round < ROUNDS; round++) {
    const ms = [0, 0];
    for (const index of round % 2 === 0 ? [0, 1] : [1, 0]) ms[index] = await timeOf(pools[index], statement);
    if (round > 0) ratios.push(ms[0] / ms[1]);
  }
  for (const pool of pools) await pool.end();
  ratios.sort((a, b) => a - b);
  const [low, median, high] = [0.25, 0.5, 0.75].map((part) => ratios[Math.floor(ratios.length * part)].toFixed(2));
  return `${median} of the time (${low} to ${high})`;
}

async function timeOf(pool, [text, values]) {
  const startMs = performance.now();
  let left = UNITS;
  const work = async () => {
    while (left-- > 0) {
      const cursor = new Cursor({ pool, target: { url: server.url } });
      await cursor.execute(text, values);
      await cursor.execute('SELECT count(*) FROM pg_class WHERE relname = $1', ['x']);
      await cursor.commit();
      await cursor.close();
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return performance.now() - startMs;
}
