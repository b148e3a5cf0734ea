import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Controller, Get, Inject } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { CurrentEnvironment } from '../../lib/nest/current-environment.js';
import { resolveRegistryOptions } from '../../lib/nest/registry-options.js';
import { startRegistry } from '../../lib/nest/start-registry.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import { startApplication } from './support/application.js';
import { Note } from './support/models.js';

const signals = new EventEmitter();

@Controller()
class SlowController {
  constructor(@Inject(CurrentEnvironment) private readonly current: CurrentEnvironment) {}
  @Get('nothing') nothing() {
    return 'nothing';
  }
  @Get('slow') async slow() {
    await this.current.env.model(Note).create({ text: 'in flight' });
    await this.current.env.flush();
    signals.emit('begun');
    await once(signals, 'go on');
    return 'done';
  }
}

describe('the end of an application', () => {
  it('waits for the request in flight, commits it, and leaves no session', async () => {
    const application = await startApplication({ controllers: [SlowController] });
    const begun = once(signals, 'begun');
    const answer = fetch(`${application.url}/slow`, { headers: { connection: 'close' } });
    await begun;
    const closing = application.app.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    signals.emit('go on');
    expect(await (await answer).text()).toBe('done');
    await closing;
    expect(application.pool.stats()).toMatchObject({ total: 0, borrowed: 0, idle: 0 });
    expect(await application.texts()).toEqual(['in flight']);
    await application.stop();
  });

  it('lets go of a client that keeps its connection: what it asks from then on is refused, and told of once', async () => {
    const told: string[] = [];
    const note = (text: unknown): void => void told.push(String(text));
    const application = await startApplication({
      controllers: [SlowController],
      before: (app) => app.useLogger({ log: () => undefined, warn: note, error: note }),
    });
    const clients = await Promise.all([0, 1].map(() => KeptConnection.open(application.url)));
    const begun = once(signals, 'begun').then(() => once(signals, 'begun'));
    for (const client of clients) client.ask('/slow');
    await begun;
    const closing = application.app.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    signals.emit('go on');
    for (const client of clients) {
      await client.heard('done');
      client.ask('/nothing');
      await client.ended;
      expect(client.text).toMatch(/HTTP\/1\.1 503 [^]*Connection: close[^]*"code":"POOL_CLOSED"/);
    }
    await closing;
    expect(told.filter((text) => text.includes('POOL_CLOSED'))).toEqual([expect.stringContaining('(GET /nothing)')]);
    application.app.useLogger(false);
    await application.stop();
  });

  it('leaves no socket and no server open', async () => {
    const before = openSockets();
    const application = await startApplication({ controllers: [SlowController] });
    await application.registry.run((env) => env.model(Note).searchCount([]));
    expect(openSockets()).toBeGreaterThan(before);
    await application.stop();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(openSockets()).toBe(before);
  });
});

/** A connection over which one request follows another. */
class KeptConnection {
  readonly ended: Promise<unknown>;
  text = '';
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.ended = once(socket, 'close');
    socket.setEncoding('utf8').on('data', (text: string) => (this.text += text));
  }

  static async open(url: string): Promise<KeptConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new KeptConnection(socket);
  }

  ask(path: string): void {
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  }

  async heard(words: string): Promise<void> {
    while (!this.text.includes(words)) await once(this.#socket, 'data');
  }
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP')).length;
}

describe('settings of the process', () => {
  const resolve = (settings: Record<string, string>): ReturnType<typeof resolveRegistryOptions> =>
    resolveRegistryOptions({}, settings);

  it('name the database: DATABASE_URL before PG*, else none', () => {
    expect(resolve({ DATABASE_URL: 'postgres://a/b', PGHOST: 'c' }).target).toEqual({ url: 'postgres://a/b' });
    expect(resolve({ PGHOST: 'c', PGPORT: '5433', PGDATABASE: 'd' }).target).toEqual({
      host: 'c',
      port: 5433,
      database: 'd',
    });
    expect(resolve({}).target).toBeNull();
    expect(resolveRegistryOptions({ database: { url: 'postgres://x/y', max: 3 } }, {})).toMatchObject({
      target: { url: 'postgres://x/y' },
      pool: { maxPerDatabase: 3 },
    });
  });

  it('let the schema be changed outside production only', () => {
    expect(resolve({}).schema).toBe('sync');
    expect(resolve({ NODE_ENV: 'production' }).schema).toBe('check');
  });

  it('refuse to start without a database in production, and say what to set', async () => {
    const before = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    const pool = new ConnectionPool();
    try {
      await expect(startRegistry(resolve({ NODE_ENV: 'production' }), { models: [], pool })).rejects.toMatchObject({
        code: 'EMBEDDED_SERVER',
        hint: expect.stringContaining('DATABASE_URL') as string,
      });
    } finally {
      process.env['NODE_ENV'] = before;
      await pool.end();
    }
  });
});
