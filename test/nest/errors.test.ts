import { Body, Catch, Controller, Get, HttpException, Inject, Param, Post, Query, UseFilters } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AccessError,
  BadInputError,
  ConflictError,
  ExpectedOneError,
  FieldValueError,
  MissingError,
  CommitOutcomeUnknownError,
  PoolConnectError,
  PoolConnectionLostError,
  TransactionAbortedError,
  UsageError,
  ValidationError,
  parseDomain,
  parseOrder,
  parseValues,
} from '../../lib/core.js';
import { CurrentEnvironment } from '../../lib/nest/current-environment.js';
import { startApplication, type RunningApplication } from './support/application.js';
import { Note } from './support/models.js';

const SECRET = 'postgres://someone:secret@db.example/app SELECT x FROM y';

const errors: Readonly<Record<string, () => Error>> = {
  validation: () => new ValidationError('Not so', { model: 'n.note', field: 'text', ids: [1] }),
  access: () => new AccessError('Not you', { model: 'n.note' }),
  missing: () => new MissingError('Gone', { model: 'n.note', ids: [7] }),
  input: () => new BadInputError('What is that?'),
  value: () => new FieldValueError(`A value: ${SECRET}`),
  conflict: () => new ConflictError('Always', { attempts: 3, cause: new Error(SECRET) }),
  commit: () => new CommitOutcomeUnknownError(`Lost ${SECRET}`),
  pool: () => new PoolConnectError(`Cannot reach ${SECRET}`),
  lost: () =>
    new ConflictError('Always', {
      attempts: 2,
      cause: new TransactionAbortedError('Failed', { cause: new PoolConnectionLostError(`Lost ${SECRET}`) }),
    }),
  usage: () => new UsageError(`Wrong: ${SECRET}`),
  one: () => new ExpectedOneError({ model: 'n.note', ids: [] }),
  unknown: () => new Error(SECRET),
  http: () => new HttpException('teapot', 418),
};

@Catch(ValidationError)
class OwnFilter implements ExceptionFilter {
  catch(_error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<{ status(code: number): { json(body: unknown): void } }>();
    response.status(499).json({ own: true });
  }
}

@Catch(BadInputError)
class ApplicationFilter extends OwnFilter {}

@Controller()
class ErrorController {
  constructor(@Inject(CurrentEnvironment) private readonly current: CurrentEnvironment) {}
  @Get('throw/:kind') fail(@Param('kind') kind: string): void {
    throw errors[kind]!();
  }
  @Get('own') @UseFilters(OwnFilter) own(): void {
    throw new ValidationError('Not so');
  }
  @Get('notes') async list(@Query() query: { domain?: string; order?: string; limit?: string }) {
    const model = this.current.env.registry.get('n.note') as never;
    const domain = parseDomain(model, query.domain ?? '[]');
    parseOrder(model, query.order ?? 'id');
    return (await this.current.env.model(Note).search(domain)).length;
  }
  @Post('notes') async create(@Body() body: unknown) {
    const notes = this.current.env.model(Note);
    return notes.create(parseValues(notes, body));
  }
  @Post('unparsed') async unparsed() {
    return this.current.env.model(Note).create({ text: 42 as never });
  }
  @Get('sql') async sql() {
    return this.current.env.cursor.execute('SELECT secret_column FROM secret_table');
  }
  @Get('notes/:id') async one(@Param('id') id: string) {
    const note = this.current.env.model(Note).browse(Number(id)) as never as Note;
    await (note as unknown as { load(path: string): Promise<void> }).load('text');
    return note.text;
  }
}

let application: RunningApplication;
let uid: number | null = 5;

beforeAll(async () => {
  application = await startApplication({
    controllers: [ErrorController],
    options: { user: () => uid },
  });
});
afterAll(() => application.stop());

async function answer(path: string, init?: RequestInit): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(application.url + path, init);
  const text = await response.text();
  expect(text).not.toMatch(/secret|select|stack|\.ts:/i);
  return { status: response.status, body: JSON.parse(text) as Record<string, unknown> };
}

const send = (path: string, body: string): ReturnType<typeof answer> =>
  answer(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

describe('an error becomes an answer', () => {
  it.each([
    ['validation', 422, 'VALIDATION'],
    ['access', 403, 'ACCESS'],
    ['missing', 404, 'MISSING'],
    ['input', 400, 'BAD_INPUT'],
    ['value', 500, 'FIELD_VALUE'],
    ['conflict', 409, 'CONFLICT'],
    ['pool', 503, 'POOL_CONNECT'],
    ['commit', 503, 'COMMIT_OUTCOME_UNKNOWN'],
    ['lost', 503, 'POOL_CONNECTION_LOST'],
    ['usage', 500, 'USAGE'],
    ['one', 500, 'EXPECTED_ONE'],
  ])('%s: %i %s', async (kind, status, code) => {
    const { body, status: got } = await answer(`/throw/${kind}`);
    expect({ got, body }).toMatchObject({ got: status, body: { statusCode: status, code } });
    expect(typeof body['message']).toBe('string');
  });

  it('with its model, field and records where the client is to mend it', async () => {
    expect((await answer('/throw/validation')).body).toEqual({
      statusCode: 422,
      code: 'VALIDATION',
      message: 'Not so',
      model: 'n.note',
      field: 'text',
      ids: [1],
    });
  });

  it('says when to come again if the pool has nothing to give', async () => {
    const response = await fetch(`${application.url}/throw/pool`);
    expect(response.headers.get('retry-after')).toBe('1');
  });

  it('does not promise that nothing was done if the connection broke during the COMMIT', async () => {
    const { body } = await answer('/throw/commit');
    expect(body['message']).toContain('cannot tell whether it was carried out');
  });

  it('asks an anonymous client to sign in', async () => {
    uid = null;
    try {
      const { status } = await answer('/throw/access');
      expect(status).toBe(401);
    } finally {
      uid = 5;
    }
  });

  it('leaves errors of others to the framework', async () => {
    expect(await answer('/throw/unknown')).toMatchObject({ status: 500 });
    expect(await answer('/throw/http')).toMatchObject({ status: 418, body: { message: 'teapot' } });
    expect(await answer('/nowhere')).toMatchObject({ status: 404 });
  });

  it("lets a controller's own filter go before", async () => {
    expect(await answer('/own')).toEqual({ status: 499, body: { own: true } });
  });

  it("lets an application's global filter go before", async () => {
    const other = await startApplication({
      controllers: [ErrorController],
      providers: [{ provide: APP_FILTER, useClass: ApplicationFilter }],
    });
    try {
      const response = await fetch(`${other.url}/throw/input`);
      expect(response.status).toBe(499);
    } finally {
      await other.stop();
    }
  });
});

describe('what a client sends', () => {
  it.each([
    ['no JSON', '{"text":'],
    ['an unknown field', '{"nope": 1}'],
    ['a list', '[1]'],
  ])('%s is 400', async (_name, body) => {
    expect(await send('/notes', body)).toMatchObject({ status: 400, body: { statusCode: 400 } });
  });

  it('a wrong type is 422 and names the field', async () => {
    expect(await send('/notes', '{"text": 42}')).toMatchObject({
      status: 422,
      body: { code: 'FIELD_VALUE', model: 'n.note', field: 'text' },
    });
  });

  it('a missing value of a required field is 422 and names the field', async () => {
    expect(await send('/notes', '{}')).toMatchObject({ status: 422, body: { model: 'n.note', field: 'text' } });
  });

  it('a broken rule of the model or the database is 422 with its message', async () => {
    expect(await send('/notes', '{"text": "forbidden"}')).toMatchObject({
      status: 422,
      body: { message: 'That text is forbidden' },
    });
    expect(await send('/notes', '{"text": "a", "code": "X"}')).toMatchObject({ status: 201 });
    expect(await send('/notes', '{"text": "b", "code": "X"}')).toMatchObject({
      status: 422,
      body: { message: 'That code is taken' },
    });
  });

  it.each([
    ['domain=[["nope","=",1]]', 'UNKNOWN_FIELD'],
    ['domain=[["text","~~",1]]', 'DOMAIN'],
    ['domain=[', 'DOMAIN'],
    ['order=nope', 'UNKNOWN_FIELD'],
  ])('the condition %s is 400', async (query, code) => {
    expect(await answer(`/notes?${query}`)).toMatchObject({ status: 400, body: { code } });
  });

  it('is not blamed for the same mistake in server code', async () => {
    expect(await send('/unparsed', '{}')).toMatchObject({ status: 500, body: { message: 'Internal server error' } });
  });

  it('never learns about SQL', async () => {
    expect(await answer('/sql')).toMatchObject({ status: 500, body: { message: 'Internal server error' } });
  });

  it('a record that is not there is 404', async () => {
    expect(await answer('/notes/999999')).toMatchObject({ status: 404, body: { code: 'MISSING' } });
  });
});
