import { PoolConnectionLostError, StaleLeaseError } from '../../../lib/errors/pool-errors.js';
import { DatabaseError } from '../../../lib/errors/database-errors.js';
import type { ConnectionLease } from '../../../lib/pool/connection-lease.js';
import { ConnectionPool } from '../../../lib/pool/connection-pool.js';
import type { Visitor } from './drill-visitor.js';
import type { PoolDrill } from './pool-drill.js';
import { dirtyStatements } from './session-traces.js';

/** Does something to the pool and says what; undefined: there is nobody to do it to. */
type Act = (drill: PoolDrill) => Promise<string | undefined> | string | undefined;

export interface Step {
  /** How often it is taken, in proportion to the others. */
  readonly weight: number;
  /** Whether it must wait for the server's answers to what was done before; `alone`: and the next for those to this. */
  readonly when: 'any time' | 'at rest' | 'alone';
  readonly act: Act;
}

const longStatement = 'SELECT pg_sleep(30)';
const stranger = new ConnectionPool();

export const steps: readonly Step[] = [
  { weight: 32, when: 'any time', act: borrow },
  { weight: 3, when: 'at rest', act: (drill) => drill.borrow({ timeoutMs: 0 }) },
  { weight: 1, when: 'any time', act: (drill) => drill.borrow({ timeoutMs: 100, isAborted: true }) },
  { weight: 18, when: 'any time', act: giveBackBy('returns', (drill, lease) => drill.pool.giveBack(lease)) },
  { weight: 6, when: 'any time', act: giveBackBy('disposes of', (_, lease) => void lease[Symbol.asyncDispose]()) },
  { weight: 1.5, when: 'any time', act: giveBackWithError },
  { weight: 0.5, when: 'at rest', act: giveBackBusy },
  { weight: 1, when: 'at rest', act: giveBackFailed },
  { weight: 3, when: 'any time', act: returnWhatWasLost },
  { weight: 4, when: 'any time', act: useStaleLease },
  { weight: 1, when: 'any time', act: giveToStranger },
  { weight: 8, when: 'at rest', act: dirtySession },
  { weight: 3, when: 'at rest', act: owesCommit },
  { weight: 2, when: 'at rest', act: refusedStatement },
  { weight: 6, when: 'any time', act: abortWaiter },
  { weight: 0.5, when: 'alone', act: abortStatement },
  { weight: 0.6, when: 'alone', act: killIdle },
  { weight: 0.6, when: 'alone', act: killHeld },
  { weight: 0.1, when: 'alone', act: killAll },
  { weight: 0.1, when: 'at rest', act: closeAll },
  { weight: 6, when: 'any time', act: (drill) => advanceBy(drill, drill.random.pick([5, 50, 260])) },
  { weight: 5, when: 'at rest', act: (drill) => advanceBy(drill, 5 * drill.random.below(80)) },
  { weight: 0.5, when: 'at rest', act: (drill) => advanceBy(drill, drill.random.pick([1_000, 2_500, 5_000])) },
];

function borrow(drill: PoolDrill): string | undefined {
  // How many of the pending ones only wait for an answer of the server is known at rest alone.
  if (drill.haste > 0 && drill.pending.length >= drill.options.maxWaiting) return undefined;
  return drill.borrow({ timeoutMs: 50 + 5 * drill.random.below(200) });
}

function giveBackBy(verb: string, way: (drill: PoolDrill, lease: ConnectionLease) => void): Act {
  return (drill) => {
    const holder = pick(drill, drill.holders);
    if (holder === undefined) return undefined;
    drill.giveBack(holder, (lease) => way(drill, lease));
    return `${holder.name} ${verb} ${holder.session?.pid}`;
  };
}

function giveBackWithError(drill: PoolDrill): string | undefined {
  const holder = pick(drill, drill.holders);
  if (holder === undefined) return undefined;
  drill.giveBack(holder, (lease) => drill.pool.giveBack(lease, new Error('bad')), 'came back with an error');
  return `${holder.name} returns ${holder.session?.pid} with an error`;
}

async function giveBackBusy(drill: PoolDrill): Promise<string | undefined> {
  const holder = pick(drill, drill.holders);
  if (holder === undefined || !(await startLongStatement(drill, holder, isLoss))) return undefined;
  drill.giveBack(holder, (lease) => drill.pool.giveBack(lease), 'came back busy');
  return `${holder.name} returns ${holder.session?.pid} while it is busy`;
}

/** As soon as the statement is refused, which is before the server has said in what state that leaves the session. */
async function giveBackFailed(drill: PoolDrill): Promise<string | undefined> {
  const holder = pick(drill, drill.holders);
  if (holder === undefined || holder.isDisturbed || holder.doom !== undefined) return undefined;
  const refused = holder.lease!.query('BEGIN; SELECT 1 / 0');
  await refused.catch(() => drill.giveBack(holder, (lease) => drill.pool.giveBack(lease)));
  return `${holder.name} returns ${holder.session?.pid} as soon as its transaction fails`;
}

/** A lost lease can do nothing, and may be given back. */
function returnWhatWasLost(drill: PoolDrill): string | undefined {
  const loser = pick(drill, drill.losers);
  if (loser === undefined) return undefined;
  drill.owe(`${loser.name}'s statement`, loser.lease!.query('SELECT 1'), isLoss);
  drill.giveBack(loser, (lease) => drill.pool.giveBack(lease));
  return `${loser.name} returns what it had lost`;
}

function useStaleLease(drill: PoolDrill): string | undefined {
  const lease = pick(drill, drill.returned);
  if (lease === undefined) return undefined;
  expectStale(drill, () => drill.pool.giveBack(lease));
  drill.owe('a statement of a stale lease', lease.query('SELECT 1'), (outcome) => outcome instanceof StaleLeaseError);
  void lease[Symbol.asyncDispose]();
  return 'a stale lease is used and given back';
}

function giveToStranger(drill: PoolDrill): string | undefined {
  const holder = pick(drill, drill.holders);
  if (holder === undefined) return undefined;
  expectStale(drill, () => stranger.giveBack(holder.lease!));
  return `${holder.name} returns its lease to another pool`;
}

/** Giving back a lease that is not, or no longer, the pool's is refused. */
export function expectStale(drill: PoolDrill, work: () => void): void {
  try {
    work();
    drill.fault('a lease was taken back twice, from another pool, or after the end');
  } catch (error) {
    if (!(error instanceof StaleLeaseError)) drill.fault(`instead of StaleLeaseError came ${String(error)}`);
  }
}

async function dirtySession(drill: PoolDrill): Promise<string | undefined> {
  const holder = pick(drill, drill.holders);
  if (holder === undefined || holder.doom !== undefined) return undefined;
  const text = drill.random.pick(dirtyStatements);
  const error = await holder.lease!.query(text).catch((reason: unknown) => reason);
  // What was done before may be in its way, such as a transaction that has failed.
  if (error instanceof Error && !(error instanceof DatabaseError)) drill.fault(`${text} gave ${String(error)}`);
  holder.isDisturbed ||= error instanceof Error;
  return `${holder.name} runs ${text}`;
}

/** Reads in a transaction whose COMMIT may travel with what is sent next. */
async function owesCommit(drill: PoolDrill): Promise<string | undefined> {
  const holder = pick(drill, drill.holders);
  if (holder?.lease?.transactionStatus !== 'I' || holder.isDisturbed || holder.doom !== undefined) return undefined;
  await holder.lease.send({ text: 'SELECT 1', origin: 'read', columns: [] }, { before: ['BEGIN'] });
  holder.lease.commitLater();
  if (drill.random.chance(0.3)) return `${holder.name} owes a COMMIT`;
  drill.giveBack(holder, (lease) => drill.pool.giveBack(lease));
  return `${holder.name} returns ${holder.session?.pid}, which owes a COMMIT`;
}

async function refusedStatement(drill: PoolDrill): Promise<string | undefined> {
  const holder = pick(drill, drill.holders);
  if (holder === undefined || holder.doom !== undefined) return undefined;
  const error = await holder.lease!.query('SELECT no_such_column').catch((reason: unknown) => reason);
  if (!(error instanceof DatabaseError)) drill.fault(`a wrong statement gave ${String(error)}`);
  holder.isDisturbed = true;
  return `${holder.name} runs a wrong statement`;
}

function abortWaiter(drill: PoolDrill): string | undefined {
  const waiter = pick(drill, drill.pending);
  if (waiter === undefined || waiter.refusal !== undefined) return undefined;
  drill.abort(waiter);
  return `${waiter.name} leaves`;
}

async function abortStatement(drill: PoolDrill): Promise<string | undefined> {
  const holder = pick(drill, drill.holders);
  if (holder === undefined) return undefined;
  const stopping = new AbortController();
  const reason = new Error('stop');
  const isReason = (outcome: unknown): boolean => outcome === reason;
  if (!(await startLongStatement(drill, holder, isReason, stopping.signal))) return undefined;
  stopping.abort(reason);
  holder.doom = 'was cancelled';
  await until(drill, async () => (await stateOf(drill, holder)) !== 'active');
  if (holder.lease!.isUsable) drill.fault(`${holder.name} may go on with a session that was cancelled`);
  return `${holder.name} stops a statement of ${holder.session?.pid}`;
}

async function killIdle(drill: PoolDrill): Promise<string | undefined> {
  const session = pick(
    drill,
    drill.sessions.open.filter(({ holder }) => holder === undefined),
  );
  if (session === undefined) return undefined;
  drill.condemn(new Set([session.pid]), 'was killed');
  await drill.server.terminate(session.pid);
  return `${session.pid} is killed, idle`;
}

async function killHeld(drill: PoolDrill): Promise<string | undefined> {
  const holder = pick(drill, drill.holders);
  if (holder?.session === undefined) return undefined;
  const isBusy = drill.random.chance(0.3) && (await startLongStatement(drill, holder, isLoss));
  drill.condemn(new Set([holder.session.pid]), 'was killed');
  await drill.server.terminate(holder.session.pid);
  return `${holder.session.pid} is killed under ${holder.name}${isBusy ? ', busy' : ''}`;
}

async function killAll(drill: PoolDrill): Promise<string> {
  const pids = drill.sessions.open.map(({ pid }) => pid);
  drill.condemn(new Set(pids), 'was killed');
  await drill.server.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [pids]);
  return `all ${pids.length} sessions are killed`;
}

function closeAll(drill: PoolDrill): string {
  const [name, url] = drill.random.pick([...drill.urls]);
  const ofDatabase = drill.sessions.open.filter(({ database }) => database === name);
  drill.condemn(new Set(ofDatabase.map(({ pid }) => pid)), 'was closed with all of its database');
  drill.owe('closeAll', drill.pool.closeAll({ url }), (outcome) => outcome === undefined);
  return `all of ${name} is closed`;
}

async function advanceBy(drill: PoolDrill, ms: number): Promise<string> {
  await drill.advance(ms);
  return `${ms} ms pass`;
}

/** Gives false if the session cannot run it. */
async function startLongStatement(
  drill: PoolDrill,
  holder: Visitor,
  isRight: (outcome: unknown) => boolean,
  signal?: AbortSignal,
): Promise<boolean> {
  if (holder.doom !== undefined || holder.isDisturbed) return false;
  drill.owe(`${holder.name}'s statement`, holder.lease!.query(longStatement, undefined, { signal }), isRight);
  await until(drill, async () => (await stateOf(drill, holder)) === 'active');
  return true;
}

async function stateOf(drill: PoolDrill, { session }: Visitor): Promise<string | undefined> {
  const [row] = await drill.server.query<{ readonly state: string }>(
    'SELECT state FROM pg_stat_activity WHERE pid = $1',
    [session?.pid],
  );
  return row?.state;
}

async function until(drill: PoolDrill, isSo: () => Promise<boolean>): Promise<void> {
  const limitMs = performance.now() + 2_000;
  while (!(await isSo())) if (performance.now() > limitMs) return drill.fault('a statement does not begin or end');
}

function isLoss(outcome: unknown): boolean {
  return outcome instanceof PoolConnectionLostError;
}

function pick<T>(drill: PoolDrill, from: readonly T[]): T | undefined {
  return from.length === 0 ? undefined : drill.random.pick(from);
}
