import type { ConnectionPool } from '../pool/connection-pool.js';
import type { ConnectionTarget } from '../pool/connection-target.js';
import type { PoolOptions } from '../pool/pool-options.js';
import type { Isolation } from '../cursor/cursor.js';
import type { SchemaMode } from '../schema/apply.js';
import type { AnyClass } from '../model/any-class.js';
import type { Context } from '../types/augmentable.js';
import type { EnvironmentFace } from '../types/records.js';

/** A model class with the module that brings it. */
export interface ModelSource {
  readonly target: AnyClass;
  /** Name of the module, such as `contacts`; default: `app`. */
  readonly module?: string | undefined;
  /** What the container injected into the class by property, by property name. */
  readonly injected?: Readonly<Record<string, unknown>> | undefined;
}

/** How long after its beginning a conflicting unit of work is tried again unless it says otherwise, in ms. */
export const RETRY_WITHIN_MS = 10_000;

export interface RetryOptions {
  /** A conflicting unit of work is tried again until so many ms have passed since it began; default: 10,000. */
  readonly within?: number | undefined;
}

/** How units of work use the database, unless they say otherwise. */
export interface TransactionSettings {
  /** Default: `repeatable read`. */
  readonly isolation?: Isolation | undefined;
  /** `false`: conflicts are not tried again. */
  readonly retry?: RetryOptions | false | undefined;
  /** What becomes of a request whose client left: it finishes and commits, or is rolled back. Default: `finish`. */
  readonly onAbort?: 'finish' | 'rollback' | undefined;
}

/** Reports of what runs beside the road: hooks after a commit, schema notes. */
export interface RegistryLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string, error?: unknown): void;
}

export interface RegistryOptions {
  /** Name of the registry in logs and errors; default: the database's name. */
  readonly name?: string | undefined;
  readonly database: ConnectionTarget;
  /** Model classes and extensions, in the order of their modules. */
  readonly models: readonly (AnyClass | ModelSource)[];
  /** Default: `sync`. */
  readonly schema?: SchemaMode | undefined;
  /** A pool to share, or the options of one of its own, which then ends with the registry. */
  readonly pool?: ConnectionPool | PoolOptions | undefined;
  readonly transaction?: TransactionSettings | undefined;
  /** Groups of a user; asked as superuser, once a unit of work and user, by `env.hasGroup`. */
  readonly groups?: ((uid: number, env: EnvironmentFace) => readonly string[] | Promise<readonly string[]>) | undefined;
  /** The model whose records are users: what `env.user` reads as. */
  readonly userModel?: (() => unknown) | undefined;
  readonly log?: RegistryLog | undefined;
  /** The clock of `createdAt` and `updatedAt`. */
  readonly now?: (() => Date) | undefined;
}

/** Options of one unit of work. */
export interface RunOptions {
  /** Who acts; default: the superuser. */
  readonly uid?: number | undefined;
  readonly context?: Context | undefined;
  /** The database refuses writes; the commit need not be waited for. */
  readonly readOnly?: boolean | undefined;
  readonly isolation?: Isolation | undefined;
  readonly retry?: RetryOptions | false | undefined;
  readonly onAbort?: 'finish' | 'rollback' | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Inside a running unit: use it (default), open another one, or a savepoint in it. */
  readonly propagation?: 'join' | 'new' | 'savepoint' | undefined;
}
