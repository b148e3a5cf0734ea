import { Body, Controller, Get, Inject, Param, Post, Res, Sse, StreamableFile } from '@nestjs/common';
import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { Observable, concatMap, from, of } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DeadlockError, SerializationError } from '../../lib/core.js';
import { Environment } from '../../lib/environment/environment.js';
import { CurrentEnvironment } from '../../lib/nest/current-environment.js';
import { Transactional } from '../../lib/nest/transactional.decorator.js';
import { Registry } from '../../lib/registry/registry.js';
import { idle, startApplication, type RunningApplication } from './support/application.js';
import { Note } from './support/models.js';

interface Attempt {
  readonly env: Environment;
  readonly body: string;
}
let attempts: Attempt[] = [];
let conflicts = 0;
const events = new EventEmitter();

/** Conflicts as often as the test wants. */
function maybeConflict(): void {
  if (conflicts-- > 0) throw new SerializationError('Two transactions cannot both succeed.', { sqlState: '40001' });
}

@Controller()
class ConflictController {
  constructor(
    @Inject(CurrentEnvironment) private readonly current: CurrentEnvironment,
    @Inject(Registry) private readonly registry: Registry,
  ) {}

  @Post('retry') async retry(@Body() body: { text: string }) {
    attempts.push({ env: this.current.env, body: body.text });
    await this.current.env.model(Note).create({ text: `${body.text} ${attempts.length}` });
    await this.current.env.flush();
    body.text = 'changed by the handler';
    maybeConflict();
    return { attempts: attempts.length };
  }

  @Post('increment/:id') async increment(@Param('id') id: string) {
    const [note] = await this.current.env.model(Note).search([['id', '=', Number(id)]]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    note!.count = (note!.count ?? 0) + 1;
    return 'ok';
  }

  @Post('once') @Transactional({ retry: false }) async once() {
    attempts.push({ env: this.current.env, body: '' });
    maybeConflict();
  }

  @Post('own') async own(@Res() response: { end(text: string): void }) {
    attempts.push({ env: this.current.env, body: '' });
    maybeConflict();
    await this.current.env.model(Note).create({ text: 'own' });
    await this.current.commit();
    response.end(JSON.stringify(await application.texts()));
  }

  @Get('file') async file() {
    await this.current.env.model(Note).create({ text: 'file' });
    return new StreamableFile(Buffer.from('bytes'));
  }

  @Get('rows') async *rows() {
    for (const note of await this.current.env.model(Note).search([])) {
      yield `${note.text},${(await this.current.env.model(Note).searchCount([])).toString()};`;
    }
  }

  @Get('broken-rows') async *brokenRows() {
    await this.current.env.model(Note).create({ text: 'row' });
    await this.current.env.flush();
    yield 'one;';
    throw new DeadlockError('Transactions waited for each other.');
  }

  @Get('endless-rows') async *endlessRows() {
    await this.current.env.model(Note).create({ text: 'endless' });
    await this.current.env.flush();
    for (;;) {
      yield 'x'.repeat(1_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  @Get('several') several(): Observable<unknown> {
    return from(['a', 'b']).pipe(
      concatMap(async (text) => {
        await this.current.env.model(Note).create({ text });
        return { text };
      }),
    );
  }

  @Sse('events') events(): Observable<unknown> {
    expect(() => this.current.env).toThrowError(/no unit of work/);
    return of(1, 2).pipe(
      concatMap((count) =>
        this.registry.run(async (env) => {
          await env.model(Note).create({ text: `event ${count}` });
          return { data: String(count) };
        }),
      ),
    );
  }

  @Post('slow') async slow() {
    const { env } = this.current;
    await env.model(Note).create({ text: 'slow' });
    await env.flush();
    events.emit('slow');
    if (!env.signal.aborted) await once(env.signal, 'abort');
    return 'done';
  }

  @Post('sleeping') @Transactional({ onAbort: 'rollback' }) async sleeping() {
    const { env } = this.current;
    await env.model(Note).create({ text: 'sleeping' });
    await env.flush();
    events.emit('slow');
    await env.cursor.execute('SELECT pg_sleep(10)');
    return 'done';
  }
}

let application: RunningApplication;

beforeAll(async () => {
  application = await startApplication({ controllers: [ConflictController] });
});
afterAll(() => application.stop());
beforeEach(async () => {
  attempts = [];
  conflicts = 0;
  await application.clear();
});

const post = (path: string, body: unknown = {}): Promise<Response> =>
  fetch(application.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

async function nothingIsLeft(): Promise<void> {
  await idle(application.pool);
  expect(application.pool.stats()).toMatchObject({ borrowed: 0, waiting: 0 });
}

describe('a conflict', () => {
  it('runs the handler again with the same environment object and its input as first received', async () => {
    conflicts = 2;
    const response = await post('/retry', { text: 'hello' });
    expect(await response.json()).toEqual({ attempts: 3 });
    expect(new Set(attempts.map(({ env }) => env)).size).toBe(1);
    expect(attempts.map(({ body }) => body)).toEqual(['hello', 'hello', 'hello']);
    expect(await application.texts()).toEqual(['hello 3']);
    await nothingIsLeft();
  });

  it('of real transactions loses no update', async () => {
    const [row] = await application.query<{ id: string }>(
      "INSERT INTO n_note (text, count) VALUES ('counter', 0) RETURNING id",
    );
    const answers = await Promise.all(Array.from({ length: 24 }, () => post(`/increment/${row!.id}`)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 24 }, () => 201));
    expect(await application.query('SELECT count FROM n_note')).toEqual([{ count: 24 }]);
    await nothingIsLeft();
  });

  it('is 409 at once with retry: false', async () => {
    conflicts = 1;
    const response = await post('/once');
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ statusCode: 409, code: 'CONFLICT' });
    expect(attempts).toHaveLength(1);
  });

  it('is 409 at once where the handler answers by itself', async () => {
    conflicts = 1;
    const response = await post('/own');
    expect(response.status).toBe(409);
    expect(attempts).toHaveLength(1);
  });
});

describe('an answer', () => {
  it('that the handler sends by itself may be sent after an explicit commit', async () => {
    expect(await (await post('/own')).json()).toEqual(['own']);
  });

  it('of bytes is sent after the commit', async () => {
    const response = await fetch(`${application.url}/file`);
    expect(await application.texts()).toEqual(['file']);
    expect(await response.text()).toBe('bytes');
  });

  it('of a generator is produced inside the unit, which ends with it', async () => {
    await application.query("INSERT INTO n_note (text) VALUES ('a'), ('b')");
    const response = await fetch(`${application.url}/rows`);
    expect(await response.text()).toContain('b,2;');
    await nothingIsLeft();
  });

  it('of a generator that throws is undone', async () => {
    await fetch(`${application.url}/broken-rows`)
      .then((response) => response.text())
      .catch(() => undefined);
    await nothingIsLeft();
    expect(await application.texts()).toEqual([]);
  });

  it('of a generator whose reader leaves is undone', async () => {
    const controller = new AbortController();
    const response = await fetch(`${application.url}/endless-rows`, { signal: controller.signal });
    await response.body!.getReader().read();
    controller.abort();
    await nothingIsLeft();
    expect(await application.texts()).toEqual([]);
  });

  it('of an Observable of several values is its last, after the commit', async () => {
    const response = await fetch(`${application.url}/several`);
    expect(await response.json()).toEqual({ text: 'b' });
    expect(await application.texts()).toEqual(['a', 'b']);
  });

  it('of events has one unit an event', async () => {
    const response = await fetch(`${application.url}/events`);
    expect(await response.text()).toContain('data: 2');
    expect(await application.texts()).toEqual(['event 1', 'event 2']);
    await nothingIsLeft();
  });
});

/** A client that leaves as soon as its handler has written. */
async function leave(path: string): Promise<void> {
  const { port, hostname } = new URL(application.url);
  const started = once(events, 'slow');
  const socket = connect(Number(port), hostname);
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
  await started;
  socket.destroy();
}

describe('a client that leaves', () => {
  it('raises env.signal; its handler finishes and commits', async () => {
    await leave('/slow');
    await nothingIsLeft();
    expect(await application.texts()).toEqual(['slow']);
  });

  it('is undone with onAbort: rollback, its statement cancelled', async () => {
    const before = Date.now();
    await leave('/sleeping');
    await nothingIsLeft();
    expect(Date.now() - before).toBeLessThan(5_000);
    expect(await application.texts()).toEqual([]);
  });

  it('200 times leaves nothing half-done', async () => {
    for (let count = 0; count < 100; count++) {
      await leave('/slow');
      await leave('/sleeping');
    }
    await nothingIsLeft();
    expect(await application.texts()).toEqual(Array.from({ length: 100 }, () => 'slow'));
  }, 60_000);

  it('before its handler begins leaves nothing', async () => {
    const { port, hostname } = new URL(application.url);
    for (let count = 0; count < 50; count++) {
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      socket.write(
        'POST /retry HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{"text":"q"}  ',
      );
      socket.destroy();
    }
    await nothingIsLeft();
  });
});
