import { didYouMean } from '../errors/nearest.js';
import { UsageError } from '../errors/use-errors.js';

/** What happens to a session's state when its connection comes back. */
export type SessionReset = 'full' | 'transaction' | 'off';

/** Limits and habits of a pool. Durations are milliseconds. */
export interface PoolOptions {
  /** Connections of the process, over all targets: borrowed, idle, being made and closing. Default 64. */
  readonly max?: number | undefined;
  /** The same for one target. Default: `max`. */
  readonly maxPerDatabase?: number | undefined;
  /**
   * Idle connections that each target keeps once it was reached, until they have to give way to another target; made again
   * after a loss. Default 0.
   */
  readonly minIdle?: number | undefined;
  /** Borrowers that may wait; the next gets `PoolExhaustedError`. Default: no limit. */
  readonly maxWaiting?: number | undefined;
  /** For one attempt to connect. Default 10,000. */
  readonly connectTimeout?: number | undefined;
  /** For waiting, connecting and checking together. Default 5,000; 0: do not wait for a place. */
  readonly borrowTimeout?: number | undefined;
  /** Idle connections are closed after this, up to 10 % sooner. Default 30,000. */
  readonly idleTimeout?: number | undefined;
  /** Connections older than this, or up to 10 % less, are closed when they come back or are idle. Default 1,800,000. */
  readonly maxLifetime?: number | undefined;
  /**
   * A connection that was idle for longer is checked before it is lent, and one whose server says nothing to a statement for
   * as long, at least 1 s, is looked into: a session that is gone is given up, one that works is left alone. Default 5,000.
   */
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

type OptionKind = 'limit' | 'count' | 'duration' | 'server duration' | 'switch' | 'text' | 'reset';

const kinds: Readonly<Record<keyof PoolOptions, OptionKind>> = {
  max: 'limit',
  maxPerDatabase: 'limit',
  minIdle: 'count',
  maxWaiting: 'count',
  connectTimeout: 'duration',
  borrowTimeout: 'duration',
  idleTimeout: 'duration',
  maxLifetime: 'duration',
  checkAfter: 'duration',
  keepAlive: 'switch',
  statementTimeout: 'server duration',
  idleInTransactionTimeout: 'server duration',
  leakThreshold: 'duration',
  reset: 'reset',
  preparedStatements: 'switch',
  applicationName: 'text',
};

const rules: Readonly<Record<OptionKind, { readonly fits: (value: unknown) => boolean; readonly wanted: string }>> = {
  limit: { fits: (value) => Number.isInteger(value) && (value as number) >= 1, wanted: 'a whole number of at least 1' },
  count: {
    fits: (value) => (Number.isInteger(value) && (value as number) >= 0) || value === Number.POSITIVE_INFINITY,
    wanted: 'a whole number of at least 0',
  },
  duration: { fits: (value) => typeof value === 'number' && value >= 0, wanted: 'a number of at least 0, in ms' },
  // The server keeps them in 31 bits, and lets nobody in with one that it cannot read.
  'server duration': {
    fits: (value) => typeof value === 'number' && value >= 0 && value <= 2_147_483_647,
    wanted: 'a number from 0, for never, to 2147483647, in ms',
  },
  switch: { fits: (value) => typeof value === 'boolean', wanted: 'true or false' },
  text: { fits: (value) => typeof value === 'string', wanted: 'a text' },
  reset: {
    fits: (value) => ['full', 'transaction', 'off'].includes(value as string),
    wanted: "'full', 'transaction' or 'off'",
  },
};

/** What is wrong with the options of a pool, a sentence each. */
export function* poolOptionProblems(options: unknown): Iterable<string> {
  if (typeof options !== 'object' || options === null) {
    yield 'The options of the pool must be an object.';
    return;
  }
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (!Object.hasOwn(kinds, name)) {
      yield `There is no option \`${name}\` of the pool.${didYouMean(name, Object.keys(kinds))}`;
      continue;
    }
    const { fits, wanted } = rules[kinds[name as keyof PoolOptions]];
    if (value === undefined || fits(value)) continue;
    const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
    yield `Option \`${name}\` of the pool must be ${wanted}, not ${shown}.`;
  }
  const { minIdle, max } = options as PoolOptions;
  if ((minIdle ?? 0) > (max ?? defaults.max)) yield `Option \`minIdle\` of the pool cannot be above \`max\`.`;
}

/**
 * Fills in the defaults and checks what was given.
 * @throws UsageError naming every option that cannot be
 */
export function poolSettings(options: PoolOptions): PoolSettings {
  const problems = [...poolOptionProblems(options)];
  if (problems.length > 0) throw new UsageError(problems.join(' '), { hint: 'Durations are milliseconds.' });
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const merged = { ...defaults, ...given } as typeof defaults & { maxPerDatabase?: number };
  return Object.freeze({ ...merged, maxPerDatabase: merged.maxPerDatabase ?? merged.max });
}
