import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  BaseModel,
  ConnectionPool,
  Model,
  Registry,
  check,
  fields,
  unique,
  type Environment,
  type PoolOptions,
} from '../../lib/core.js';
import { startFaultServer, type FaultServer } from './support/fault-server.js';
import { findPgBouncer, startPgBouncer, type PgBouncer } from './support/pgbouncer.js';

/*
 * PgBouncer in transaction mode lends a server session for one transaction at a time: the next one of the same client
 * may run in another session. What must be off, and why:
 *
 * - `preparedStatements`: a name that was parsed in one session is unknown in the next. (PgBouncer 1.21 and later can
 *   keep names itself, by `max_prepared_statements`; then they need not be off.)
 * - `reset`: cleaning up after a user would clean a session that somebody else has by then. With it goes the promise
 *   that it keeps: SQL that changes the session (SET without LOCAL, temporary tables, session-level advisory locks,
 *   LISTEN) changes that of strangers, and must not be used.
 * - `statementTimeout` and `idleInTransactionTimeout`: they travel as start-up parameters, and PgBouncer refuses to
 *   connect with those it does not know. Give them to the role instead, by ALTER ROLE … SET; the same goes for
 *   `options` in a URL before PgBouncer 1.20.
 *
 * A request to cancel stops nothing when its client is gone before PgBouncer reads it: the pool says goodbye after it was
 * delivered. For applications that are killed set the server's `client_connection_check_interval` (14 and later).
 *
 * The parameters that every connection of ours sends (DateStyle, TimeZone, client_encoding, application_name) are known
 * to PgBouncer, which sets them in whatever session it lends.
 */
const behindPooler: PoolOptions = { max: 50, reset: 'off', preparedStatements: false };
const CLIENTS = 50;
const SERVER_CONNECTIONS = 5;

@Model('pooler.account', {
  order: 'name',
  constraints: [unique('name', 'There is an account of that name'), check('amount >= 0', 'There is not enough')],
})
class Account extends BaseModel<Account> {
  @fields.Char({ required: true }) name!: string;
  @fields.Integer({ required: true, default: 100 }) amount!: number;
  @fields.Datetime() paidAt!: Date | null;
}

const { missing, version } = { missing: undefined, version: undefined, ...(await findPgBouncer()) };
let server: FaultServer;
let pooler: PgBouncer;
let registry: Registry;

describe.skipIf(missing !== undefined)(
  `behind PgBouncer ${version ?? `(skipped: ${missing})`} in transaction mode`,
  () => {
    beforeAll(async () => {
      server = await startFaultServer({ maxConnections: SERVER_CONNECTIONS + 2 });
      // What we send as start-up parameters must win over this in every session.
      await server.query(`ALTER ROLE subject SET timezone = 'Asia/Tokyo'`);
      await server.query(`ALTER ROLE subject SET datestyle = 'SQL, DMY'`);
      pooler = await startPgBouncer({ url: server.url, serverConnections: SERVER_CONNECTIONS });
      registry = await Registry.create({ database: { url: pooler.url }, models: [Account], pool: behindPooler });
    });

    afterAll(async () => {
      await registry?.close();
      await pooler?.dispose();
      await server?.dispose();
    });

    beforeEach(async () => {
      await registry.run(async (env) => {
        await (await env.model(Account).search([])).unlink();
        await env.model(Account).create(Array.from({ length: CLIENTS }, (_, at) => ({ name: `a${at}` })));
      });
    });

    /** Runs `work` of many clients at once; gives what became of each. */
    function together<T>(work: (at: number) => Promise<T>, clients = CLIENTS): Promise<PromiseSettledResult<T>[]> {
      return Promise.allSettled(Array.from({ length: clients }, (_, at) => work(at)));
    }

    function account(env: Environment, at: number): Promise<Account> {
      return env
        .model(Account)
        .search([['name', '=', `a${at % CLIENTS}`]])
        .then((found) => found.one());
    }

    async function amounts(): Promise<number[]> {
      return registry.run(async (env) => (await env.model(Account).search([])).map(({ amount }) => amount));
    }

    /** No session is left in a transaction, and there are no more than the pooler may open. */
    async function expectIdle(): Promise<void> {
      await expect
        .poll(async () => (await server.sessions()).map(({ state }) => state).filter((state) => state !== 'idle'))
        .toEqual([]);
      expect((await server.sessions()).length).toBeLessThanOrEqual(SERVER_CONNECTIONS);
      expect(registry.pool.stats()).toMatchObject({ borrowed: 0, waiting: 0 });
    }

    it('commits the work of 50 at once on 5 sessions, and undoes what fails', async () => {
      const times = 4;
      const done = await together(async (at) => {
        for (let turn = 0; turn < times; turn++) {
          await registry.run(async (env) => {
            const from = await account(env, at);
            const to = await account(env, at + 1 + turn);
            from.amount -= 10;
            to.amount += 10;
            await env.flush();
            if (at % 5 === 0) throw new RangeError('a mistake after the work was written');
          });
        }
      });
      expect(done.map(({ status }) => status)).toEqual(done.map((_, at) => (at % 5 === 0 ? 'rejected' : 'fulfilled')));
      for (const result of done) if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(RangeError);
      const left = await amounts();
      expect(left.reduce((sum, amount) => sum + amount, 0)).toBe(CLIENTS * 100);
      expect(left).not.toEqual(Array.from(left, () => 100));
      await expectIdle();
    });

    it('keeps a unit in one transaction of its own, with its isolation, whatever the others do', async () => {
      const seen = await together(async (at) => {
        const isolation = (['read committed', 'repeatable read', 'serializable'] as const)[at % 3]!;
        await using cursor = registry.cursor({ isolation, readOnly: at % 2 === 0 });
        const ids = new Set<unknown>();
        for (let turn = 0; turn < 5; turn++) {
          const [row] = await cursor.execute(
            `SELECT pg_backend_pid() AS pid, pg_current_xact_id_if_assigned() AS xact, statement_timestamp() > now() AS later,
                  now() AS began, current_setting('transaction_isolation') AS isolation,
                  current_setting('transaction_read_only') AS "readOnly"`,
          );
          expect(row).toMatchObject({ isolation, readOnly: at % 2 === 0 ? 'on' : 'off', later: turn > 0 });
          ids.add(`${String(row!['pid'])} ${(row!['began'] as Date).toISOString()}`);
          await sleep(at % 3);
        }
        if (at % 2 === 0) await cursor.rollback();
        else await cursor.commit();
        return ids.size;
      });
      expect(seen).toEqual(seen.map(() => ({ status: 'fulfilled', value: 1 })));
      await expectIdle();
    });

    it('reads times and dates alike in every session, whatever the role prefers', async () => {
      const paidAt = new Date('2024-07-09T10:11:12.345Z');
      await together((at) => registry.run(async (env) => (await account(env, at)).write({ paidAt })));
      const read = await together(async (at) => {
        await using cursor = registry.cursor();
        const [row] = await cursor.execute(
          `SELECT paid_at, date '2024-07-09' AS day, current_setting('TimeZone') AS zone, current_setting('DateStyle') AS style
         FROM pooler_account WHERE name = $1`,
          [`a${at}`],
        );
        return row;
      });
      const row = { paid_at: paidAt, day: '2024-07-09', zone: 'UTC', style: 'ISO, MDY' };
      expect(read).toEqual(read.map(() => ({ status: 'fulfilled', value: row })));
    });

    it('tells refused values as elsewhere, and undoes a savepoint alone', async () => {
      const done = await together((at) =>
        registry.run(async (env) => {
          const mine = await account(env, at);
          mine.amount = 50;
          const refused = env.savepoint(async () => {
            mine.amount = at % 2 === 0 ? -1 : 10;
            if (at % 2 === 1) await env.model(Account).create({ name: `a${(at + 1) % CLIENTS}` });
          });
          await expect(refused).rejects.toMatchObject({
            code: 'VALIDATION',
            message: at % 2 === 0 ? 'There is not enough' : 'There is an account of that name',
          });
        }),
      );
      expect(done.filter(({ status }) => status === 'rejected')).toEqual([]);
      expect(await amounts()).toEqual(Array.from({ length: CLIENTS }, () => 50));
      await expectIdle();
    });

    it('survives statements that the server refuses, and uses the session again', async () => {
      const done = await together(async (at) => {
        await using cursor = registry.cursor();
        await cursor.execute('UPDATE pooler_account SET amount = 0 WHERE name = $1', [`a${at}`]);
        await expect(cursor.execute(at % 2 === 0 ? 'SELECT 1 / 0' : 'SELECT FROM nowhere')).rejects.toMatchObject({
          sqlState: at % 2 === 0 ? '22012' : '42P01',
        });
        await expect(cursor.commit()).rejects.toBeInstanceOf(Error);
      });
      expect(done.filter(({ status }) => status === 'rejected')).toEqual([]);
      expect(await amounts()).toEqual(Array.from({ length: CLIENTS }, () => 100));
      await expectIdle();
    });

    it('cancels a statement on the server within 500 ms and hurts nobody else', async () => {
      const cancelled = new Set([3, 11, 19]);
      const done = await together(async (at) => {
        const abort = new AbortController();
        const mustAbort = cancelled.has(at);
        await using cursor = registry.cursor({ signal: abort.signal });
        await cursor.execute('UPDATE pooler_account SET amount = amount + 1 WHERE name = $1', [`a${at}`]);
        if (mustAbort) setTimeout(() => abort.abort(new RangeError('the client left')), 50);
        await cursor.execute(mustAbort ? 'SELECT pg_sleep(60)' : 'SELECT pg_sleep(0.02)');
        await cursor.commit();
      });
      expect(done.flatMap(({ status }, at) => (status === 'rejected' ? [at] : []))).toEqual([...cancelled]);
      for (const at of cancelled) expect(done[at]).toMatchObject({ reason: new RangeError('the client left') });
      const stillMs = performance.now();
      await expect
        .poll(async () =>
          (await server.sessions()).filter(({ query, state }) => state === 'active' && /60/.test(query)),
        )
        .toEqual([]);
      expect(performance.now() - stillMs).toBeLessThan(500);
      const left = await amounts();
      expect(left.filter((amount) => amount === 100)).toHaveLength(cancelled.size);
      expect(left.filter((amount) => amount === 101)).toHaveLength(CLIENTS - cancelled.size);
      await expectIdle();
    });

    it('goes on after the sessions behind the pooler were ended', async () => {
      await server.terminateAll();
      await expect
        .poll(async () => (await together(() => registry.run((env) => account(env, 1)), 5)).map(({ status }) => status))
        .toEqual(Array.from({ length: 5 }, () => 'fulfilled'));
      await expectIdle();
    });

    it('cannot have the time-outs that travel as start-up parameters, and says which one is refused', async () => {
      for (const [option, parameter] of [
        ['statementTimeout', 'statement_timeout'],
        ['idleInTransactionTimeout', 'idle_in_transaction_session_timeout'],
      ] as const) {
        const pool = new ConnectionPool({ ...behindPooler, borrowTimeout: 300, [option]: 1_000 });
        const refused = await pool.borrow({ url: pooler.url }).catch((error: unknown) => error);
        expect(refused).toMatchObject({ code: 'POOL_CONNECT' });
        expect(String((refused as Error).cause)).toContain(parameter);
        await pool.end();
      }
    });
  },
);
