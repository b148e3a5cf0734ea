import type { OpenPool, OpenServer, OpenSession } from './subject.js';

export interface SubjectEntry {
  /** As typed after `--subjects`. */
  readonly name: string;
  readonly title: string;
  /** Loaded in the subject's process alone: what cannot be loaded there is named in the table. */
  readonly openSession?: () => Promise<OpenSession>;
  readonly openServer?: () => Promise<OpenServer>;
  readonly openPool?: () => Promise<OpenPool>;
  /** It has no database: that nothing was stored is no mistake. */
  readonly storesNothing?: boolean;
}

/** What all others are compared with, and where nothing but lending connections is timed. */
export const YARDSTICK = 'pg';
export const POOL_YARDSTICK = 'pg-pool';
/** What the limits of the cases are about. */
export const OURS = 'nest-registry';

export const subjects: readonly SubjectEntry[] = [
  {
    name: 'nest-alone',
    title: 'Nest without a database',
    openServer: async () => (await import('./nest-alone/server.js')).openServer,
    storesNothing: true,
  },
  {
    name: YARDSTICK,
    title: 'pg as people write it',
    openSession: async () => (await import('./raw-usual/session.js')).openSession,
    openServer: async () => (await import('./raw-usual/server.js')).openServer,
  },
  {
    name: 'pg-best',
    title: 'pg at its best',
    openSession: async () => (await import('./raw-best/session.js')).openSession,
    openServer: async () => (await import('./raw-best/server.js')).openServer,
  },
  {
    name: OURS,
    title: 'nest-registry',
    openSession: async () => (await import('./nest-registry/session.js')).openSession,
    openServer: async () => (await import('./nest-registry/server.js')).openServer,
    openPool: async () => (await import('./nest-registry/pool.js')).openPool,
  },
  {
    name: 'nest-registry-request',
    title: 'nest-registry, `Environment` injected',
    openServer: async () => (await import('./nest-registry/request-scoped-server.js')).openServer,
  },
  {
    name: 'typeorm',
    title: 'TypeORM',
    openSession: async () => (await import('./typeorm/session.js')).openSession,
    openServer: async () => (await import('./typeorm/server.js')).openServer,
  },
  {
    name: 'mikro-orm',
    title: 'MikroORM',
    openSession: async () => (await import('./mikro-orm/session.js')).openSession,
    openServer: async () => (await import('./mikro-orm/server.js')).openServer,
  },
  {
    name: 'no-pool',
    title: 'an array and a queue',
    openPool: async () => (await import('./no-pool/pool.js')).openPool,
  },
  {
    name: POOL_YARDSTICK,
    title: 'pg-pool',
    openPool: async () => (await import('./pg-pool/pool.js')).openPool,
  },
  {
    name: 'pg-pool-deadline',
    title: 'pg-pool, 5 s deadline',
    openPool: async () => (await import('./pg-pool/pool.js')).openPoolWithDeadline,
  },
  {
    name: 'postgres-js',
    title: 'postgres.js',
    openPool: async () => (await import('./postgres-js/pool.js')).openPool,
  },
];

/** @throws Error for a name that no subject has */
export function findSubject(name: string): SubjectEntry {
  const found = subjects.find((one) => one.name === name);
  if (found === undefined) {
    throw new Error(`There is no subject "${name}"; there are ${subjects.map((one) => one.name).join(', ')}.`);
  }
  return found;
}
