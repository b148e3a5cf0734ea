import { knownLeftoversOf, type Leftovers } from './leftovers-of-sql.js';
import { PreparedStatements } from './prepared-statements.js';
import type { PoolSettings } from './pool-options.js';
import type { Statement } from './statement.js';

/**
 * What `DISCARD ALL` does, but for the prepared statements and their plans, which are ours. The settings come first: the
 * last user's `statement_timeout` must not stop the rest.
 */
const discardAllButNames =
  'RESET ALL; SET SESSION AUTHORIZATION DEFAULT; CLOSE ALL; UNLISTEN *; ' +
  'SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES';

/** What the users of one session may have left in it for the next, and what takes it away. */
export class SessionState {
  readonly prepared: PreparedStatements;
  readonly #reset: PoolSettings['reset'];
  #leftovers: Leftovers = 'nothing';

  constructor({ preparedStatements, reset }: PoolSettings) {
    this.prepared = new PreparedStatements(preparedStatements ? 'on' : 'off');
    this.#reset = reset;
  }

  /** Whether names that we prepared are surely there: SQL of others may have dropped them. */
  get keepsNames(): boolean {
    return this.#leftovers !== 'anything';
  }

  noteSent(statement: Statement): void {
    if (this.#leftovers === 'anything' || !isForeign(statement)) return;
    const leftovers = knownLeftoversOf(statement.text);
    if (leftovers !== 'nothing') this.#leftovers = leftovers;
  }

  /** Whether something has to be taken away before anybody else gets the session. */
  get isDirty(): boolean {
    return this.#leftovers !== 'nothing' && this.#reset === 'full';
  }

  /** Gives the SQL that takes it away; from here on the session counts as clean. */
  clean(): string {
    const leftovers = this.#leftovers;
    this.#leftovers = 'nothing';
    if (leftovers === 'settings') return 'RESET ALL';
    // Names that others made cannot be told from ours by their sound, so all go.
    if (!this.prepared.mayHoldOthers) return discardAllButNames;
    this.prepared.clear();
    return 'DISCARD ALL';
  }
}

/** Whether it is SQL of others, which may do anything to the session. */
export function isForeign({ origin }: Statement): boolean {
  return origin === undefined || origin === 'raw';
}
