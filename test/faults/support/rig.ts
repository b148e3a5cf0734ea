import { afterAll, afterEach, beforeAll } from 'vitest';
import type { ConnectionPool } from '../../../lib/pool/connection-pool.js';
import { startFaultServer, type FaultServer, type FaultServerOptions } from './fault-server.js';
import { openFaultyLine, type FaultyLine } from './faulty-line.js';

/** What the tests of one file break, and what they break it for. */
export interface Rig {
  readonly server: FaultServer;
  /** Leads to the server; healed after each test. */
  readonly line: FaultyLine;
  /** Of the running test, which makes it; ended after it. */
  pool: ConnectionPool;
}

/** Called at the top of a file, before its tests: gives them a server and a line, and cleans up behind each. */
export function useRig(options: FaultServerOptions = {}): Rig {
  const rig = {} as { -readonly [K in keyof Rig]?: Rig[K] };
  beforeAll(async () => {
    rig.server = await startFaultServer(options);
    rig.line = await openFaultyLine(rig.server.url);
  });
  afterEach(async () => {
    rig.line?.heal();
    await rig.pool?.end({ timeout: 0 });
  });
  afterAll(async () => {
    await rig.line?.close();
    await rig.server?.dispose();
  });
  return rig as Rig;
}
