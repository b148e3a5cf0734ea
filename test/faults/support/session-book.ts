import type { ConnectReport, ConnectionReport } from '../../../lib/pool/pool-events.js';

export interface SessionLimits {
  readonly max: number;
  readonly maxPerDatabase: number;
  readonly minIdle: number;
  /** In ms. */
  readonly idleTimeout: number;
  readonly maxLifetime: number;
}

export interface OpenSession {
  readonly pid: number;
  readonly database: string;
  /** When it was there at the latest, in ms of the pool's clock. */
  readonly sinceMs: number;
  holder: string | undefined;
  /** Whether somebody had it before. */
  isUsed: boolean;
  /** When it was idle at the latest. */
  idleSinceMs: number | undefined;
  /** Why it may not be lent again and must go. */
  doom: string | undefined;
}

/** The pool looks after its idle connections no more often than that, in ms. */
const latenessMs = 10;

/** The sessions that a pool has, by what it says of them; `fault` is told of every rule it breaks. */
export class SessionBook {
  readonly #limits: SessionLimits;
  readonly #fault: (what: string) => void;
  readonly #open = new Map<number, OpenSession>();

  constructor(limits: SessionLimits, fault: (what: string) => void) {
    this.#limits = limits;
    this.#fault = fault;
  }

  /** Oldest first, those included that are being closed. */
  get open(): readonly OpenSession[] {
    return [...this.#open.values()];
  }

  connected({ target, processId }: ConnectReport, nowMs: number): void {
    const pid = processId ?? 0;
    const database = target.split(' ')[0] ?? '';
    if (this.#open.has(pid)) this.#fault(`session ${pid} was opened twice`);
    const nobody = { holder: undefined, isUsed: false, idleSinceMs: undefined, doom: undefined };
    this.#open.set(pid, { pid, database, sinceMs: nowMs, ...nobody });
    if (this.#open.size > this.#limits.max) this.#fault(`there are ${this.#open.size} sessions`);
    const ofDatabase = this.open.filter((session) => session.database === database).length;
    if (ofDatabase > this.#limits.maxPerDatabase) this.#fault(`there are ${ofDatabase} sessions of ${database}`);
  }

  closed({ processId }: ConnectionReport): void {
    const session = this.#open.get(processId ?? 0);
    if (session === undefined) this.#fault(`session ${processId} was closed, which was not open`);
    else if (session.holder !== undefined && session.doom === undefined) {
      this.#fault(`session ${processId} was closed while ${session.holder} had it`);
    }
    this.#open.delete(processId ?? 0);
  }

  lent(pid: number, { holder, nowMs }: { readonly holder: string; readonly nowMs: number }): OpenSession | undefined {
    const session = this.#open.get(pid);
    if (session === undefined) {
      this.#fault(`${holder} got session ${pid}, which is not open`);
      return undefined;
    }
    if (session.holder !== undefined) this.#fault(`${holder} got session ${pid}, which ${session.holder} has`);
    if (session.doom !== undefined) this.#fault(`${holder} got session ${pid}, which ${session.doom}`);
    if (this.#isTooOld(session, nowMs)) this.#fault(`${holder} got session ${pid}, which is past its lifetime`);
    session.holder = holder;
    session.idleSinceMs = undefined;
    return session;
  }

  #isTooOld(session: OpenSession, nowMs: number): boolean {
    return nowMs - session.sinceMs >= this.#limits.maxLifetime + latenessMs;
  }

  /** `doom`: why it may not be lent again, if that is known. */
  returned(session: OpenSession, { doom, nowMs }: { readonly doom: string | undefined; readonly nowMs: number }): void {
    session.holder = undefined;
    session.doom ??= doom;
    if (nowMs - session.sinceMs >= this.#limits.maxLifetime) session.doom ??= 'is past its lifetime';
  }

  /** An idle session of the database may have been used. */
  stir(database: string): void {
    for (const session of this.open) if (session.database === database) session.idleSinceMs = undefined;
  }

  /** Once nothing is under way: what must be gone by now. */
  look(nowMs: number): void {
    const unheld = this.open.filter(({ holder }) => holder === undefined);
    for (const session of unheld) {
      session.idleSinceMs ??= nowMs;
      if (this.#isTooOld(session, nowMs)) this.#fault(`session ${session.pid} is idle past its lifetime`);
    }
    const overdueMs = nowMs - this.#limits.idleTimeout - latenessMs;
    const overdue = unheld.filter(({ idleSinceMs = nowMs }) => idleSinceMs <= overdueMs);
    for (const { pid, database } of overdue) {
      const count = overdue.filter((session) => session.database === database).length;
      if (count > this.#limits.minIdle) this.#fault(`session ${pid} of ${database} is idle past its time`);
    }
  }
}
