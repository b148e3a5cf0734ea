import type { PoolConnectError, PoolFigures } from '../errors/pool-errors.js';
import type { Clock } from './clock.js';
import { isLasting } from './connection-failure.js';
import { Outage } from './outage.js';
import type { PoolAnnouncer } from './pool-events.js';
import type { MetricsLog } from './pool-metrics.js';
import type { PoolSettings } from './pool-options.js';
import { PooledConnection } from './pooled-connection.js';
import type { TargetGroup } from './target-group.js';

export interface ConnectorSurroundings {
  readonly settings: PoolSettings;
  readonly clock: Clock;
  readonly announcer: PoolAnnouncer;
  readonly metrics: MetricsLog;
  /** The pool's counts, for errors. */
  readonly figures: () => PoolFigures;
  /** Whether the pool has a place free. */
  readonly hasPlace: () => boolean;
  /** Whether somebody waits for a connection of the group. */
  readonly isAwaited: (group: TargetGroup) => boolean;
  readonly onMade: (group: TargetGroup, connection: PooledConnection) => void;
  /** A connection could not be made; with `lasting` trying again would be of no use. */
  readonly onFailed: (group: TargetGroup, error: PoolConnectError, kind: 'lasting' | 'passing') => void;
  /** The target is not tried any more, since nobody wants it or others do. */
  readonly onGivenUp: (group: TargetGroup) => void;
  /** The socket of a connection is gone. */
  readonly onClosed: (
    group: TargetGroup,
    connection: PooledConnection,
    end: { readonly wasUnexpected: boolean },
  ) => void;
}

/** Makes connections, as many as are wanted while their target can be reached, one at a time while it cannot. */
export class Connector {
  readonly #surroundings: ConnectorSurroundings;

  constructor(surroundings: ConnectorSurroundings) {
    this.#surroundings = surroundings;
  }

  /** Makes one connection; it counts as connecting at once, and what becomes of it is told by the callbacks. */
  async connect(group: TargetGroup): Promise<void> {
    const { announcer, clock, figures, metrics, onClosed, onMade, settings } = this.#surroundings;
    const connection = new PooledConnection(group.target, {
      settings,
      clock,
      figures,
      onClosed: (closed, end) => onClosed(group, closed, end),
    });
    group.connecting.add(connection);
    try {
      await connection.connect();
    } catch (error) {
      group.remove(connection);
      if (!connection.isGivenUp) this.#failed(group, error as PoolConnectError);
      // That it was closed says nothing about the target: the outage goes on as it was.
      else group.outage?.failedAgain(group.outage.error);
      return;
    }
    if (!group.connecting.has(connection)) return;
    if (group.outage !== undefined) {
      announcer.recovery({ target: group.target.label, downMs: clock.now() - group.outage.sinceMs });
      this.endOutage(group);
    }
    group.connectsAtOnce *= 2;
    group.isKept = settings.minIdle > 0;
    const createMs = clock.now() - connection.createdMs;
    metrics.created.note(createMs);
    announcer.connect({ target: group.target.label, processId: connection.processId, createMs });
    // It keeps its place until all were told. Who listens may have closed it.
    if (!group.connecting.delete(connection)) return;
    onMade(group, connection);
    this.refill(group);
  }

  #failed(group: TargetGroup, error: PoolConnectError): void {
    const { announcer, clock, onFailed } = this.#surroundings;
    if (isLasting(error)) {
      group.isKept = false;
      this.endOutage(group);
      onFailed(group, error, 'lasting');
      return;
    }
    if (group.outage === undefined) {
      group.connectsAtOnce = 1;
      group.outage = new Outage(error, { clock, probe: () => this.#probe(group) });
      announcer.outage({ target: group.target.label, error });
    } else {
      group.outage.failedAgain(error);
    }
    onFailed(group, error, 'passing');
  }

  /** Looks whether the target is back, if somebody still wants it and there is room for one connection. */
  #probe(group: TargetGroup): void {
    const { hasPlace, isAwaited, onGivenUp } = this.#surroundings;
    if (isAwaited(group)) {
      if (hasPlace()) {
        void this.connect(group);
        return;
      }
      // Taking the place of a target that answers for one that does not would serve nobody.
      if (group.outage?.postpone() === true) return;
    }
    this.endOutage(group);
    onGivenUp(group);
  }

  endOutage(group: TargetGroup): void {
    group.outage?.end();
    group.outage = undefined;
  }

  /** Makes one more connection if fewer are idle than should be; the next one follows when that has succeeded. */
  refill(group: TargetGroup): void {
    const { hasPlace, settings } = this.#surroundings;
    if (!this.lacksIdle(group) || group.outage !== undefined || group.connecting.size > 0) return;
    if (hasPlace() && group.size + group.closing.size < settings.maxPerDatabase) void this.connect(group);
  }

  /** Whether fewer than `minIdle` connections of a group that is to have them are idle. */
  lacksIdle(group: TargetGroup): boolean {
    return group.isKept && group.idle.length + group.readying.size < this.#surroundings.settings.minIdle;
  }
}
