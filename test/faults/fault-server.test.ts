import { connect } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFaultServer, type FaultServer } from './support/fault-server.js';
import { openFaultyLine, type FaultyLine } from './support/faulty-line.js';

let server: FaultServer;
beforeAll(async () => {
  server = await startFaultServer({ maxConnections: 5 });
});
afterAll(() => server?.dispose());

async function open(url = server.url): Promise<{ readonly client: pg.Client; readonly lost: Promise<Error> }> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  const lost = new Promise<Error>((resolve) => client.on('error', resolve));
  await client.connect();
  return { client, lost };
}

describe('a server that can be broken', () => {
  it.each(['stop fast', 'stop immediately', 'kill'] as const)(
    'keeps what was committed over %s and start',
    async (how) => {
      const { client, lost } = await open();
      await client.query('CREATE TABLE IF NOT EXISTS kept (how text)');
      await client.query('INSERT INTO kept VALUES ($1)', [how]);
      if (how === 'kill') await server.kill();
      else await server.stop(how === 'stop fast' ? 'fast' : 'immediate');
      await lost;
      await expect(open()).rejects.toThrow('ECONNREFUSED');
      const readyMs = await server.start();
      expect(performance.now() - readyMs).toBeLessThan(1_000);
      expect(await server.query('SELECT FROM kept WHERE how = $1', [how])).toHaveLength(1);
      expect(await server.sessions()).toEqual([]);
    },
  );

  it('shows its sessions and ends one or all of them', async () => {
    const clients = [await open(), await open(), await open()];
    const sessions = await server.sessions();
    expect(sessions).toHaveLength(3);
    await server.terminate(sessions[0]!.pid);
    expect(await clients[0]!.lost).toMatchObject({ code: '57P01' });
    expect(await server.terminateAll()).toBe(2);
    await Promise.all(clients.map(({ lost }) => lost));
    expect(await server.sessions()).toEqual([]);
  });

  it('is full when `maxConnections` sessions are open, and still lets the test in', async () => {
    const clients = await Promise.all(Array.from({ length: 5 }, () => open()));
    await expect(open()).rejects.toMatchObject({ code: '53300' });
    expect(await server.sessions()).toHaveLength(5);
    await Promise.all(clients.map(({ client }) => client.end()));
  });
});

describe('a line that can be broken', () => {
  let line: FaultyLine;
  beforeAll(async () => {
    line = await openFaultyLine(server.url);
  });
  afterAll(() => line?.close());

  it('passes everything and counts who connects', async () => {
    const { client } = await open(line.url);
    expect((await client.query("SELECT repeat('x', 1000000) AS text")).rows[0].text).toHaveLength(1_000_000);
    expect([line.takeAttempts(), line.takeAttempts(), line.open]).toEqual([1, 0, 1]);
    await client.end();
  });

  it('refuses, or swallows, those who connect', async () => {
    line.forNew('refuse');
    await expect(open(line.url)).rejects.toThrow('ECONNRESET');
    line.forNew('black-hole');
    await expect(open(line.url)).rejects.toThrow('timeout');
    line.heal();
    const { client } = await open(line.url);
    await client.end();
  });

  it('holds back everything in a black hole, and delivers it afterwards', async () => {
    const { client } = await open(line.url);
    line.forOpen('black-hole');
    const answer = client.query('SELECT 1 AS one');
    expect(await silenceOf(answer)).toBe('silent');
    line.heal();
    expect((await answer).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  it('drops what the client says when it is half open', async () => {
    const { client, lost } = await open(line.url);
    line.forOpen('half-open');
    const answer = client.query('SELECT 1 AS one');
    expect(await silenceOf(answer)).toBe('silent');
    line.cut();
    await expect(answer).rejects.toThrow();
    await lost;
    line.heal();
  });

  it('delays answers', async () => {
    const { client } = await open(line.url);
    line.delayAnswers(100);
    const startMs = performance.now();
    await client.query('SELECT 1');
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(95);
    line.heal();
    await client.end();
  });

  it('cuts in the middle of an answer', async () => {
    const { client, lost } = await open(line.url);
    line.cutAnswerAfter(10_000);
    await expect(client.query("SELECT repeat('x', 1000000)")).rejects.toThrow();
    await lost;
    const again = await open(line.url);
    expect((await again.client.query("SELECT repeat('x', 1000000) AS text")).rows[0].text).toHaveLength(1_000_000);
    await again.client.end();
  });

  it('delivers exactly the bytes before the cut', async () => {
    const { hostname, port } = new URL(line.url);
    line.cutAnswerAfter(1);
    const socket = connect({ host: hostname, port: Number(port) });
    // A request for encryption is answered with one byte; here that is all there ever is.
    socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
    let received = 0;
    socket.on('data', (part) => (received += part.length));
    await new Promise((resolve) => socket.on('close', resolve));
    expect(received).toBe(1);
  });
});

/** What happens within a time in which a healthy server would have answered long ago. */
function silenceOf(answer: Promise<unknown>): Promise<'silent' | 'answered'> {
  return Promise.race([
    answer.then(
      () => 'answered' as const,
      () => 'answered' as const,
    ),
    new Promise<'silent'>((resolve) => setTimeout(() => resolve('silent'), 150)),
  ]);
}
