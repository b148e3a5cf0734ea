import { Chain } from '../util/chain.js';
import type { Outage } from './outage.js';
import type { ResolvedTarget } from './connection-target.js';
import type { PooledConnection } from './pooled-connection.js';

/** The connections of one target, by state. */
export class TargetGroup {
  readonly target: ResolvedTarget;
  /** Oldest first; borrowers take from the end, housekeeping from the front. */
  readonly idle: PooledConnection[] = [];
  readonly connecting = new Set<PooledConnection>();
  /** Being checked or reset; soon idle, or gone. */
  readonly readying = new Set<PooledConnection>();
  /** Those of `readying` whose server takes its time: nobody counts on them any more. */
  readonly slow = new Set<PooledConnection>();
  /** Not to be used any more, but still known to the server. */
  readonly closing = new Set<PooledConnection>();
  readonly borrowed = new Chain<PooledConnection>();
  /** Idle connections that became idle before this moment are checked before use, however short they were idle. */
  suspectBeforeMs = Number.NEGATIVE_INFINITY;
  /** How many connections may be made at the same time: after an outage few at first, since it may have little room. */
  connectsAtOnce = Number.POSITIVE_INFINITY;
  /** Set while the target cannot be reached. */
  outage: Outage | undefined;
  /** Whether `minIdle` connections are kept open: since one was made, until the target was closed or had to give way. */
  isKept = false;

  constructor(target: ResolvedTarget) {
    this.target = target;
  }

  get size(): number {
    return this.idle.length + this.connecting.size + this.readying.size + this.borrowed.size;
  }

  /** Connections that will be idle by themselves. */
  get coming(): number {
    return this.connecting.size + this.readying.size - this.slow.size;
  }

  /** Puts the connection in its place by the time of its return, which is nearly always the last. */
  addIdle(connection: PooledConnection): void {
    let index = this.idle.length;
    while (index > 0 && (this.idle[index - 1]?.returnNumber ?? 0) > connection.returnNumber) index--;
    this.idle.splice(index, 0, connection);
  }

  /** Whether a connection that came back later is being made ready. */
  isNewerReadying(connection: PooledConnection): boolean {
    for (const other of this.readying) {
      if (other.returnNumber > connection.returnNumber && !this.slow.has(other)) return true;
    }
    return false;
  }

  /** Whether another connection may be made now, as far as the target is concerned. */
  get mayConnect(): boolean {
    return this.outage === undefined && this.connecting.size < this.connectsAtOnce;
  }

  /** Takes the connection out of whatever list it is in. */
  remove(connection: PooledConnection): void {
    const index = this.idle.indexOf(connection);
    if (index >= 0) this.idle.splice(index, 1);
    this.connecting.delete(connection);
    this.readying.delete(connection);
    this.slow.delete(connection);
    this.borrowed.remove(connection);
  }

  get all(): readonly PooledConnection[] {
    return [...this.idle, ...this.connecting, ...this.readying, ...this.borrowed];
  }
}
