import { UsageError } from '../errors/use-errors.js';

/** What happens to a session's state when its connection comes back. */
export type SessionReset = 'full' | 'transaction' | 'off';

/** Limits and habits of a pool. Durations are milliseconds. */
export interface PoolOptions {
  /** Connections of the process, over all targets: borrowed, idle and connecting. Default 64. */
  readonly max?: number | undefined;
  /** The same for one target. Default: `max`. */
  readonly maxPerDatabase?: number | undefined;
  /** Idle connections of a target that `idleTimeout` leaves open. Default 0. */
  readonly minIdle?: number | undefined;
  /** Borrowers that may wait; the next gets `PoolExhaustedError`. Default: no limit. */
  readonly maxWaiting?: number | undefined;
  /** For one attempt to connect. Default 10,000. */
  readonly connectTimeout?: number | undefined;
  /** For waiting, connecting and checking together. Default 5,000; 0: do not wait for a place. */
  readonly borrowTimeout?: number | undefined;
  /** Idle connections are closed after this. Default 30,000. */
  readonly idleTimeout?: number | undefined;
  /** Connections older than this are closed when they come back. Default 1,800,000. */
  readonly maxLifetime?: number | undefined;
  /** A connection that was idle for longer is checked before it is lent. Default 5,000. */
  readonly checkAfter?: number | undefined;
  /** TCP keep-alive. Default true. */
  readonly keepAlive?: boolean | undefined;
  /** The server ends statements that run longer. Default 0: never. */
  readonly statementTimeout?: number | undefined;
  /** The server ends sessions that do nothing in a transaction for longer. Default 0: never. */
  readonly idleInTransactionTimeout?: number | undefined;
  /** A connection out for longer is reported by a `leak` event, with the borrower's stack. Default 0: off. */
  readonly leakThreshold?: number | undefined;
  /**
   * 'full' (default): an open transaction is rolled back, and a session that ran SQL of others loses all that this may
   * have left behind: settings, role, temporary tables, advisory locks, LISTEN, cursors, names prepared by hand.
   * 'transaction': only an open transaction is rolled back. 'off': neither; with an open transaction it is destroyed.
   */
  readonly reset?: SessionReset | undefined;
  /**
   * Whether statements that repeat are prepared once a session, under a name. Default true. Switch it off behind a pooler
   * that hands each transaction to another session, unless that pooler follows prepared statements.
   */
  readonly preparedStatements?: boolean | undefined;
  /** Shown in `pg_stat_activity`, with the process id behind it. Default `nest-registry`. */
  readonly applicationName?: string | undefined;
}

/** Options with every default filled in. */
export type PoolSettings = { readonly [K in keyof PoolOptions]-?: Exclude<PoolOptions[K], undefined> };

const defaults: Omit<PoolSettings, 'maxPerDatabase'> = {
  max: 64,
  minIdle: 0,
  maxWaiting: Number.POSITIVE_INFINITY,
  connectTimeout: 10_000,
  borrowTimeout: 5_000,
  idleTimeout: 30_000,
  maxLifetime: 1_800_000,
  checkAfter: 5_000,
  keepAlive: true,
  statementTimeout: 0,
  idleInTransactionTimeout: 0,
  leakThreshold: 0,
  reset: 'full',
  preparedStatements: true,
  applicationName: 'nest-registry',
};

/**
 * Fills in the defaults and checks what was given.
 * @throws UsageError naming the option that cannot be
 */
export function poolSettings(options: PoolOptions): PoolSettings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const merged = { ...defaults, ...given } as typeof defaults & { maxPerDatabase?: number };
  const settings: PoolSettings = { ...merged, maxPerDatabase: merged.maxPerDatabase ?? merged.max };
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value === 'number') checkNumber(name, value);
  }
  if (!['full', 'transaction', 'off'].includes(settings.reset)) {
    throw new UsageError(`Option \`reset\` of the pool cannot be ${JSON.stringify(settings.reset)}.`, {
      hint: "Give 'full', 'transaction' or 'off'.",
    });
  }
  return Object.freeze(settings);
}

/** Limits of connections are whole and at least 1, everything else is at least 0. */
function checkNumber(name: string, value: number): void {
  const isLimit = name === 'max' || name === 'maxPerDatabase';
  const fits = isLimit ? Number.isInteger(value) && value >= 1 : value >= 0;
  if (fits) return;
  throw new UsageError(`Option \`${name}\` of the pool cannot be ${value}.`, {
    hint: isLimit ? 'Give a whole number of at least 1.' : 'Give a number of at least 0; durations are milliseconds.',
  });
}
