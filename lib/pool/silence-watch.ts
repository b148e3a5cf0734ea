import type { PoolFigures } from '../errors/pool-errors.js';
import type { Clock } from './clock.js';
import type { ConnectionLease } from './connection-lease.js';
import type { ResolvedTarget } from './connection-target.js';
import { knock } from './knock.js';
import type { PoolSettings } from './pool-options.js';
import type { PooledConnection } from './pooled-connection.js';
import type { Statement } from './statement.js';
import type { TargetGroup } from './target-group.js';

/** Silence shorter than this is never looked into; how long the server has to stop a statement past its time-out; ms. */
const shortestSilenceMs = 1_000;
const stopGraceMs = 1_000;
/** How long a server has to answer a knock or a question, at most; and an answer that is on its way to arrive; ms. */
const answerLimitMs = 5_000;
const arrivalGraceMs = 500;

/** What the server says about sessions, and whether it means the same sessions as we: a pooler between us has others. */
const activity: Statement = {
  name: 'nr_pool_activity',
  text: 'SELECT pid, state, pid = pg_backend_pid() FROM pg_stat_activity WHERE pid = ANY ($1::int[]) OR pid = pg_backend_pid()',
  columns: [Number, null, (text) => text === 't'],
  origin: 'read',
};

export interface WatchSurroundings {
  readonly settings: PoolSettings;
  readonly clock: Clock;
  readonly figures: () => PoolFigures;
  /** Lends a connection for a question. */
  readonly borrow: (target: ResolvedTarget, timeoutMs: number) => ConnectionLease | Promise<ConnectionLease>;
}

/**
 * Finds sessions that will never answer. A statement may run for hours, so silence alone says nothing; but a server that
 * does not even answer a knock is gone, and a session that the server calls idle while we wait for its answer has lost
 * its line to us. TCP would notice after a quarter of an hour, or never where a proxy keeps the line open.
 */
export class SilenceWatch {
  readonly #surroundings: WatchSurroundings;
  readonly #limitMs: number;
  /** Groups that are being looked at, or when they were last. */
  readonly #looks = new WeakMap<TargetGroup, 'now' | number>();

  constructor(surroundings: WatchSurroundings) {
    const { checkAfter, statementTimeout } = surroundings.settings;
    const stoppedAfterMs = statementTimeout > 0 ? statementTimeout + stopGraceMs : Number.POSITIVE_INFINITY;
    this.#surroundings = surroundings;
    this.#limitMs = Math.max(shortestSilenceMs, Math.min(checkAfter, stoppedAfterMs));
  }

  /** Looks into the group's borrowed connections whose server is silent for too long; gives when to look again, in ms. */
  watch(group: TargetGroup): number {
    const now = this.#surroundings.clock.now();
    // Whoever holds a connection may send a statement at any time.
    let nextMs = group.borrowed.size > 0 ? this.#limitMs : Number.POSITIVE_INFINITY;
    for (const { silentSinceMs } of group.borrowed) {
      if (silentSinceMs !== undefined) nextMs = Math.min(nextMs, silentSinceMs + this.#limitMs - now);
    }
    if (nextMs > 0) return nextMs;
    const last = this.#looks.get(group) ?? Number.NEGATIVE_INFINITY;
    if (last !== 'now' && now - last >= this.#limitMs) void this.#look(group);
    return this.#limitMs;
  }

  #silentOf(group: TargetGroup): readonly PooledConnection[] {
    const beforeMs = this.#surroundings.clock.now() - this.#limitMs;
    return [...group.borrowed].filter(({ silentSinceMs }) => silentSinceMs !== undefined && silentSinceMs <= beforeMs);
  }

  async #look(group: TargetGroup): Promise<void> {
    const { clock, settings } = this.#surroundings;
    this.#looks.set(group, 'now');
    const limitMs = Math.min(settings.connectTimeout, answerLimitMs);
    if (!(await knock(group.target, { clock, limitMs }))) {
      this.#lose(group, this.#silentOf(group), 'The server does not answer any more.');
    } else {
      const silent = this.#silentOf(group);
      const lost = await this.#lostOf(group, silent);
      this.#lose(group, lost, 'The server has nothing to do for this session, and no answer came from it.');
    }
    this.#looks.set(group, clock.now());
  }

  /** Those of the silent ones that no answer will come from. */
  async #lostOf(group: TargetGroup, silent: readonly PooledConnection[]): Promise<readonly PooledConnection[]> {
    const { clock, settings } = this.#surroundings;
    if (silent.length === 0) return silent;
    const since = new Map(silent.map((connection) => [connection, connection.silentSinceMs]));
    const states = await this.#statesOf(group, silent);
    const overdueMs = settings.statementTimeout + stopGraceMs;
    const isLost = (connection: PooledConnection): boolean => {
      const state = connection.processId === null ? undefined : states?.get(connection.processId);
      if (states !== undefined) return state === undefined || state.startsWith('idle');
      const silentMs = clock.now() - (connection.silentSinceMs ?? clock.now());
      return settings.statementTimeout > 0 && silentMs >= overdueMs;
    };
    const suspects = silent.filter(isLost);
    if (suspects.length === 0) return suspects;
    await new Promise<void>((resolve) => clock.after(arrivalGraceMs, resolve));
    return suspects.filter((connection) => connection.silentSinceMs === since.get(connection));
  }

  /** What the server says its sessions do, by process id; undefined when it cannot be asked or means other sessions. */
  async #statesOf(
    group: TargetGroup,
    silent: readonly PooledConnection[],
  ): Promise<ReadonlyMap<number, string> | undefined> {
    const { figures, settings, borrow } = this.#surroundings;
    const { total, waiting, max } = figures();
    const hasRoom = group.idle.length > 0 || (total < max && waiting === 0 && group.size < settings.maxPerDatabase);
    if (!hasRoom) return undefined;
    try {
      await using lease = await borrow(group.target, Math.min(settings.connectTimeout, answerLimitMs));
      const ids = silent.map(({ processId }) => processId).filter((id) => id !== null);
      const rows = await this.#inTime(lease.send({ ...activity, values: [ids] }).then((answer) => answer.rows));
      const sessions = rows as [pid: number, state: string | null, isOwn: boolean][];
      const isSameServer = sessions.some(([pid, , isOwn]) => isOwn && pid === lease.processId);
      // What the server does not tell counts as work.
      return isSameServer ? new Map(sessions.map(([pid, state]) => [pid, state ?? 'unknown'])) : undefined;
    } catch {
      // Then nothing is known, which is what undefined says; the question was ours alone.
      return undefined;
    }
  }

  /** Rejects when the answer takes too long: its connection, still busy, ends when it is given back. */
  #inTime<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const { clock } = this.#surroundings;
      const cancelTimer = clock.after(answerLimitMs, () => reject(new Error('The question was not answered in time.')));
      answer.finally(cancelTimer).then(resolve, reject);
    });
  }

  #lose(group: TargetGroup, lost: readonly PooledConnection[], reason: string): void {
    if (lost.length > 0) group.suspectBeforeMs = this.#surroundings.clock.now();
    for (const connection of lost) connection.lose(new Error(reason));
  }
}
