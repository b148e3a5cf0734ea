import type { ItemValues } from '../cases/items.js';

/** The units of work of the cases, each a transaction of its own. */
export interface Session {
  /** The name of one item. */
  readOne(id: number): Promise<string>;
  /** All items by id, `touched` summed. */
  readMany(): Promise<number>;
  /** The same, and the length of each item's country's name. */
  readManyWithCountry(): Promise<number>;
  /** How many were created; their ids must be known. */
  createMany(items: readonly ItemValues[]): Promise<number>;
  /** Reads all items and gives each the quantity `step` + its id. */
  changeMany(step: number): Promise<void>;
  close(): Promise<void>;
}

/** A pool of POOL_SIZE connections and nothing around it: what it takes to lend one is all that is timed. */
export interface LendingPool<Connection> {
  borrow(): Promise<Connection>;
  giveBack(connection: Connection): void;
  /** The server's process behind a borrowed connection, which tells sessions apart. Never called while time is taken. */
  processIdOf(connection: Connection): number | Promise<number>;
  close(): Promise<void>;
}

/** A server with `GET /items/:id` and `POST /items`. */
export interface Server {
  readonly port: number;
  close(): Promise<void>;
}

/** Connections that a subject may have. */
export const CONNECTIONS = 16;

/** Connections that a subject has when lending itself is timed. */
export const POOL_SIZE = 10;

export type OpenSession = (url: string) => Promise<Session>;
export type OpenPool = (url: string) => Promise<LendingPool<unknown>>;
export type OpenServer = (url: string) => Promise<Server>;
