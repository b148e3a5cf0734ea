import type { PoolConnectError, PoolFigures } from '../errors/pool-errors.js';
import type { Clock } from './clock.js';
import { TargetResolver, type ConnectionTarget, type ResolvedTarget } from './connection-target.js';
import { Connector } from './connector.js';
import type { PoolAnnouncer } from './pool-events.js';
import { OwedStatements } from './owed-statements.js';
import type { MetricsLog } from './pool-metrics.js';
import type { PoolSettings } from './pool-options.js';
import type { PooledConnection } from './pooled-connection.js';
import { TargetGroup } from './target-group.js';

export interface StoreSurroundings {
  readonly clock: Clock;
  readonly announcer: PoolAnnouncer;
  readonly metrics: MetricsLog;
  /** A connection became idle, or a place free. */
  readonly onChange: (nowMs: number) => void;
  /** A connection that somebody waits for could not be made; with `lasting` trying again would be of no use. */
  readonly onConnectError: (group: TargetGroup, error: PoolConnectError, kind: 'lasting' | 'passing') => void;
  /** Something is due at that moment of the clock: `closeExpired` is to be called then. */
  readonly wakeAt: (dueMs: number) => void;
  /** Whether somebody waits for a connection of the group: it must then stay the group of its target. */
  readonly isAwaited: (group: TargetGroup) => boolean;
  /** A connection is gone, whatever state it was in. */
  readonly onLost: (connection: PooledConnection) => void;
  /** The pool's counts, for errors. */
  readonly figures: () => PoolFigures;
}

/** A check or a reset that takes longer is not waited for: whoever wants a connection is served otherwise; ms. */
const slowAfterMs = 250;
/** How long after the end of its time-out a pool waits for the server's goodbyes, in ms. */
const lastGoodbyesMs = 200;
/** What was just made, checked or used is not checked, whatever `checkAfter` says; ms. */
const freshForMs = 10;
/** When to look again whether `minIdle` is kept, in ms. */
const refillEveryMs = 1_000;

/**
 * What a waiter can have: a connection; 'coming': one is being made or made ready for it; 'blocked': its target is at
 * its own limit; 'nothing left': neither for it nor for anyone behind it.
 */
export type Answer = PooledConnection | 'coming' | 'blocked' | 'nothing left';

/** All connections of a pool and their places. It decides what may be reused, made and evicted, but not for whom. */
export class ConnectionStore {
  readonly #settings: PoolSettings;
  readonly #surroundings: StoreSurroundings;
  readonly #targets = new TargetResolver();
  readonly #groups = new Map<string, TargetGroup>();
  /** Closing connections hold their places until the socket is gone: the server must never see more than `max`. */
  readonly #closing = new Set<PooledConnection>();
  /** Numbers what comes back, so that the newest is known even when a reset changes the order of becoming idle. */
  #returns = 0;
  readonly #owed: OwedStatements;
  readonly #connector: Connector;
  #whenEmpty: (() => void) | undefined;

  constructor(settings: PoolSettings, surroundings: StoreSurroundings) {
    this.#settings = settings;
    this.#surroundings = surroundings;
    this.#owed = new OwedStatements(surroundings.clock);
    const { clock, onChange, onConnectError } = surroundings;
    this.#connector = new Connector({
      ...surroundings,
      settings,
      hasPlace: () => this.#size() < settings.max,
      onMade: (group, connection) => this.#made(group, connection),
      onFailed: (group, error, kind) => {
        onConnectError(group, error, kind);
        this.#dropIfUnused(group);
        onChange(clock.now());
      },
      onGivenUp: (group) => this.#givenUp(group),
      onClosed: (group, connection, end) => this.#forget(group, connection, end),
    });
  }

  get groups(): readonly TargetGroup[] {
    return [...this.#groups.values()];
  }

  counts(): { readonly borrowed: number; readonly idle: number; readonly connecting: number } {
    let [borrowed, idle, connecting] = [0, 0, 0];
    for (const group of this.#groups.values()) {
      borrowed += group.borrowed.size;
      idle += group.idle.length + group.readying.size;
      connecting += group.connecting.size;
    }
    return { borrowed, idle, connecting };
  }

  /** @throws PoolConnectError when the target cannot be read */
  groupOf(target: ConnectionTarget): TargetGroup {
    return this.groupOfResolved(this.#targets.resolve(target));
  }

  groupOfResolved(resolved: ResolvedTarget): TargetGroup {
    let group = this.#groups.get(resolved.key);
    if (group === undefined) this.#groups.set(resolved.key, (group = new TargetGroup(resolved)));
    return group;
  }

  /**
   * The group's newest connection, if it is idle and may be lent as it is; with `any`, the newest that is idle although
   * newer ones are being made ready.
   */
  takeIdle(group: TargetGroup, nowMs: number, which: 'newest' | 'any'): PooledConnection | undefined {
    const newest = group.idle.at(-1);
    if (newest === undefined || this.#needsCheck(group, newest, nowMs)) return undefined;
    if (which === 'newest' && group.isNewerReadying(newest)) return undefined;
    group.idle.pop();
    group.borrowed.append(newest);
    newest.moveTo('borrowed');
    return newest;
  }

  #needsCheck(group: TargetGroup, connection: PooledConnection, nowMs: number): boolean {
    const idleMs = nowMs - connection.idleSinceMs;
    // What the server has ended fails its check, and is closed there.
    if (connection.isDoomed || connection.debts.isSlow(nowMs)) return true;
    return idleMs > Math.max(this.#settings.checkAfter, freshForMs) || connection.idleSinceMs < group.suspectBeforeMs;
  }

  /** Connections that will be idle by themselves. */
  get coming(): number {
    let coming = 0;
    for (const group of this.#groups.values()) coming += group.coming;
    return coming;
  }

  /** Whether every place is taken by a connection that somebody holds: nothing is there for anybody, nor coming. */
  get isAllBorrowed(): boolean {
    let borrowed = 0;
    for (const group of this.#groups.values()) borrowed += group.borrowed.size;
    return borrowed >= this.#settings.max;
  }

  /** Looks for what the waiters can have, one after the other; promises made in a round are not made twice. */
  startRound(nowMs: number, which: 'newest' | 'any'): { find(group: TargetGroup): Answer } {
    let freePlaces = this.#settings.max - this.#size();
    let placesComing = this.#closing.size;
    const promised = new Map<TargetGroup, number>();
    const promisedOfClosing = new Map<TargetGroup, number>();
    const find = (group: TargetGroup): Answer => {
      const taken = promised.get(group) ?? 0;
      const idle = this.takeIdle(group, nowMs, which);
      if (idle !== undefined) return idle;
      const isComing = taken < group.coming || this.#startCheck(group);
      if (!isComing) {
        const canMove = freePlaces > 0 || placesComing > 0;
        if (!canMove && !this.#hasIdle()) return 'nothing left';
        const ofClosing = promisedOfClosing.get(group) ?? 0;
        const limit = this.#settings.maxPerDatabase;
        if (!group.mayConnect || group.size + ofClosing >= limit) return 'blocked';
        // Its own connections that are closing still count on the server: one of their places is for this waiter.
        const mustWait = group.size + group.closing.size >= limit;
        if (mustWait) promisedOfClosing.set(group, ofClosing + 1);
        if (mustWait && placesComing <= 0 && freePlaces > 0) {
          freePlaces--;
          return 'coming';
        }
        if (mustWait || freePlaces <= 0) {
          if (placesComing > 0) placesComing--;
          else this.#evictOldestIdle();
          return 'coming';
        }
        freePlaces--;
        void this.#connector.connect(group);
      }
      promised.set(group, taken + 1);
      return 'coming';
    };
    return { find };
  }

  #startCheck(group: TargetGroup): boolean {
    const newest = group.idle.at(-1);
    if (newest === undefined) return false;
    void this.#makeReady(group, newest);
    return true;
  }

  #size(): number {
    let size = this.#closing.size;
    for (const group of this.#groups.values()) size += group.size;
    return size;
  }

  #hasIdle(): boolean {
    for (const group of this.#groups.values()) if (group.idle.length > 0) return true;
    return false;
  }

  #evictOldestIdle(): void {
    let oldest: PooledConnection | undefined;
    for (const { idle } of this.#groups.values()) {
      const first = idle[0];
      if (first !== undefined && (oldest === undefined || first.idleSinceMs < oldest.idleSinceMs)) oldest = first;
    }
    if (oldest === undefined) return;
    const group = this.#groups.get(oldest.target.key);
    if (group !== undefined) group.isKept = false;
    this.#close(oldest);
  }

  #made(group: TargetGroup, connection: PooledConnection): void {
    connection.returnNumber = ++this.#returns;
    this.#becomeIdle(group, connection, this.#surroundings.clock.now());
  }

  #givenUp(group: TargetGroup): void {
    this.#dropIfUnused(group);
    this.#surroundings.onChange(this.#surroundings.clock.now());
  }

  /** Takes back what was borrowed. `isRefused`: it is destroyed, whatever it says about itself. */
  takeBack(
    connection: PooledConnection,
    { isRefused, nowMs }: { readonly isRefused: boolean; readonly nowMs: number },
  ): void {
    const group = this.#groups.get(connection.target.key);
    // Lost or cut meanwhile: it is out of every list already.
    if (group?.borrowed.remove(connection) !== true) return;
    connection.returnNumber = ++this.#returns;
    if (isRefused || !connection.isReusable(nowMs)) return this.#close(connection);
    if (connection.isDirty) connection.debts.resetLater();
    if (connection.needsRollback) void this.#makeReady(group, connection);
    else this.#becomeIdle(group, connection, nowMs);
  }

  #becomeIdle(group: TargetGroup, connection: PooledConnection, nowMs: number): void {
    connection.becomeIdle(nowMs);
    group.addIdle(connection);
    if (!connection.debts.isFree) this.#owed.add(connection);
    this.#surroundings.wakeAt(Math.min(nowMs + connection.idleLimitMs, connection.createdMs + connection.lifetimeMs));
    this.#surroundings.onChange(nowMs);
  }

  /** Rolls back if that is needed, else checks; the connection counts as idle meanwhile but nobody gets it. */
  async #makeReady(group: TargetGroup, connection: PooledConnection): Promise<void> {
    const { clock, onChange } = this.#surroundings;
    const isRollback = connection.needsRollback;
    group.remove(connection);
    group.readying.add(connection);
    connection.moveTo('readying');
    const cancelTimer = clock.after(slowAfterMs, () => {
      if (!group.readying.has(connection)) return;
      group.slow.add(connection);
      if (!isRollback) group.suspectBeforeMs = clock.now();
      onChange(clock.now());
    });
    try {
      if (isRollback) await connection.rollBack();
      else await connection.check();
    } catch {
      // What went wrong with a connection that nobody holds is of no use to anybody: another takes its place.
      if (group.readying.has(connection)) this.#close(connection);
      return;
    } finally {
      cancelTimer();
    }
    if (!group.readying.has(connection)) return;
    group.remove(connection);
    this.#becomeIdle(group, connection, clock.now());
  }

  #close(connection: PooledConnection): void {
    this.#groups.get(connection.target.key)?.remove(connection);
    if (connection.state === 'closed') return;
    this.#noteClosing(connection);
    void connection.close();
  }

  #noteClosing(connection: PooledConnection): void {
    this.#closing.add(connection);
    this.#groups.get(connection.target.key)?.closing.add(connection);
  }

  /** The socket is gone. */
  #forget(group: TargetGroup, connection: PooledConnection, end: { readonly wasUnexpected: boolean }): void {
    const { clock, announcer, onLost, onChange, wakeAt } = this.#surroundings;
    const nowMs = clock.now();
    // One session ended by the server is seldom alone: the others of the target are checked before they are lent.
    if (end.wasUnexpected && !group.connecting.has(connection)) group.suspectBeforeMs = nowMs;
    group.remove(connection);
    this.#closing.delete(connection);
    group.closing.delete(connection);
    onLost(connection);
    if (connection.processId !== null) {
      announcer.close({ target: group.target.label, processId: connection.processId });
    }
    this.#dropIfUnused(group);
    if (this.#connector.lacksIdle(group)) wakeAt(nowMs + refillEveryMs);
    if (this.#size() === 0) this.#whenEmpty?.();
    onChange(nowMs);
  }

  #dropIfUnused(group: TargetGroup): void {
    const hasConnections = group.size > 0 || group.closing.size > 0;
    const isUsed = hasConnections || group.isKept || group.outage !== undefined || this.#surroundings.isAwaited(group);
    // What is left of a group whose target has a new one must not take that away.
    if (isUsed || this.#groups.get(group.target.key) !== group) return;
    this.#groups.delete(group.target.key);
    this.#targets.forget(group.target);
  }

  async closeAll(target: ConnectionTarget): Promise<void> {
    const wanted = this.#targets.resolve(target);
    const groups = this.groups.filter((group) => group.target.isSamePlace(wanted));
    for (const group of groups) group.isKept = false;
    await this.#closeNow(groups.flatMap((group) => group.all));
  }

  async #closeNow(connections: readonly PooledConnection[], goodbyeMs?: number): Promise<void> {
    for (const connection of connections) {
      this.#groups.get(connection.target.key)?.remove(connection);
      if (connection.state !== 'closed') this.#noteClosing(connection);
    }
    await Promise.all(connections.map((connection) => connection.close(goodbyeMs)));
  }

  /** Closes what is idle, waits for what is borrowed, then stops it on the server and cuts what is left. */
  async closeEverything(timeoutMs: number): Promise<void> {
    for (const group of this.groups) {
      this.#connector.endOutage(group);
      group.isKept = false;
    }
    const notBorrowed = this.groups.flatMap((group) => [...group.idle, ...group.connecting, ...group.readying]);
    const closed = this.#closeNow(notBorrowed);
    await this.#empty(timeoutMs);
    const late = [...this.#closing, ...this.groups.flatMap((group) => group.all)];
    await Promise.all([closed, this.#closeNow(late, lastGoodbyesMs)]);
  }

  async #empty(timeoutMs: number): Promise<void> {
    if (this.#size() === 0) return;
    await new Promise<void>((resolve) => {
      const cancelTimer = this.#surroundings.clock.after(timeoutMs, resolve);
      this.#whenEmpty = () => {
        cancelTimer();
        resolve();
      };
    });
  }

  /** Closes idle connections past their time; gives the ms until the next one is due. */
  closeExpired(): number {
    const { clock } = this.#surroundings;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const group of this.groups) {
      for (const connection of [...group.idle]) {
        const lifetimeLeftMs = connection.createdMs + connection.lifetimeMs - clock.now();
        const canGo = group.idle.length > this.#settings.minIdle;
        const idleLeftMs = canGo
          ? connection.idleSinceMs + connection.idleLimitMs - clock.now()
          : Number.POSITIVE_INFINITY;
        const leftMs = Math.min(lifetimeLeftMs, idleLeftMs);
        if (leftMs <= 0) this.#close(connection);
        else nextMs = Math.min(nextMs, leftMs);
      }
      this.#dropIfUnused(group);
      this.#connector.refill(group);
      if (this.#connector.lacksIdle(group)) nextMs = Math.min(nextMs, refillEveryMs);
    }
    return nextMs;
  }
}
