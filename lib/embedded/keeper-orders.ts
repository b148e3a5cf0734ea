/**
 * What an application tells the keeper it starts, as one line of JSON on the keeper's standard input. The pipe stays
 * open until the application holds a lease, so that its death is noticed before that, too.
 */
export interface KeeperOrders {
  readonly postgres: string;
  /** For systems without signals: stops the server in an orderly way. */
  readonly pgCtl: string | undefined;
  readonly parameters: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly dataDirectory: string;
  readonly logFile: string;
  readonly keeperFile: string;
  /** Proves to the keeper that who asks for a lease may read the store. */
  readonly token: string;
  readonly port: number;
  readonly version: string;
  readonly kind: 'installed' | 'npm';
  readonly startTimeoutMs: number;
  readonly host: string;
  /** Folders that are removed when the server has ended. */
  readonly removeAtEnd: readonly string[];
}

/** What the keeper answers, as one line of JSON on its standard output. */
export type KeeperAnswer = { readonly ready: KeeperNote } | { readonly failed: string };

/** What the keeper leaves in the store for other processes of the project, readable by our user alone. */
export interface KeeperNote {
  /** Name of the machine or container: process ids mean something there alone. */
  readonly host: string;
  readonly keeperPid: number;
  readonly serverPid: number;
  /** TCP port on 127.0.0.1 where the keeper gives leases. */
  readonly controlPort: number;
  readonly token: string;
  /** TCP port of PostgreSQL. */
  readonly port: number;
  readonly version: string;
  readonly kind: 'installed' | 'npm';
}
