import {
  Body,
  Controller,
  Get,
  HttpException,
  Inject,
  Injectable,
  Param,
  Post,
  UseGuards,
  UsePipes,
} from '@nestjs/common';
import type { CanActivate, PipeTransform } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CurrentEnvironment } from '../../lib/nest/current-environment.js';
import { Environment } from '../../lib/environment/environment.js';
import { Registry } from '../../lib/registry/registry.js';
import { idle, startApplication, type RunningApplication } from './support/application.js';
import { Note } from './support/models.js';

@Injectable()
class WritingGuard implements CanActivate {
  constructor(@Inject(CurrentEnvironment) private readonly current: CurrentEnvironment) {}
  async canActivate(): Promise<boolean> {
    await this.current.env.model(Note).create({ text: 'by a guard' });
    await this.current.env.flush();
    return false;
  }
}

@Injectable()
class ThrowingPipe implements PipeTransform {
  constructor(@Inject(CurrentEnvironment) private readonly current: CurrentEnvironment) {}
  async transform(): Promise<never> {
    await this.current.env.model(Note).create({ text: 'by a pipe' });
    await this.current.env.flush();
    throw new HttpException('No', 418);
  }
}

@Injectable()
class Service {
  constructor(@Inject(Environment) readonly env: Environment) {}
}

@Controller('scoped')
class ScopedController {
  constructor(
    @Inject(Environment) private readonly env: Environment,
    @Inject(Service) private readonly service: Service,
    @Inject(CurrentEnvironment) private readonly current: CurrentEnvironment,
    @Inject(Registry) private readonly registry: Registry,
  ) {}
  @Get() async same() {
    const [note] = await this.env.model(Note).search([], { limit: 1 });
    return {
      service: this.service.env === this.env,
      current: this.current.env === this.env,
      record: note === undefined || note.env === this.env,
      user: this.env.withUser(this.env.uid) === this.env,
      joined: await this.registry.run(async (env) => env === this.env),
      registry: this.env.registry === this.registry,
    };
  }
}

let seenBeforeAnswer: string[] = [];

@Controller()
class NoteController {
  constructor(@Inject(CurrentEnvironment) private readonly current: CurrentEnvironment) {}
  @Get() root() {
    return { uid: this.current.env.uid };
  }
  @Get('idle') idle() {
    return { borrowed: application.pool.stats().borrowed };
  }
  @Post('notes') async create(@Body() body: { text: string }) {
    const note = await this.current.env.model(Note).create({ text: body.text });
    return { id: note.id };
  }
  @Post('late') async late() {
    // Staged and never flushed by hand: the commit writes it.
    const note = await this.current.env.model(Note).create({ text: 'first' });
    note.text = 'second';
    return note;
  }
  @Post('fail') async fail() {
    await this.current.env.model(Note).create({ text: 'half-done' });
    await this.current.env.flush();
    throw new Error('after writing');
  }
  @Get('guarded') @UseGuards(WritingGuard) guarded() {
    return 'never';
  }
  @Get('piped/:id') @UsePipes(ThrowingPipe) piped(@Param('id') id: string) {
    return id;
  }
  @Post('hook') async hook() {
    const { env } = this.current;
    await env.model(Note).create({ text: 'hooked' });
    env.transaction.afterCommit(async () => {
      seenBeforeAnswer = await application.texts();
    });
    return 'ok';
  }
}

let application: RunningApplication;

beforeAll(async () => {
  application = await startApplication({
    controllers: [NoteController, ScopedController],
    providers: [WritingGuard, ThrowingPipe, Service],
  });
});
afterAll(() => application.stop());
beforeEach(() => application.clear());

const call = (path: string, init?: RequestInit): Promise<Response> => fetch(application.url + path, init);
const post = (path: string, body: unknown = {}): Promise<Response> =>
  call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

describe('a request', () => {
  it('finds its environment on every path, also on /', async () => {
    expect(await (await call('/')).json()).toEqual({ uid: 1 });
  });

  it('borrows nothing before its first query', async () => {
    expect(await (await call('/idle')).json()).toEqual({ borrowed: 0 });
  });

  it('is committed before its answer', async () => {
    const response = await post('/notes', { text: 'kept' });
    expect(response.status).toBe(201);
    expect(await application.texts()).toEqual(['kept']);
  });

  it('writes what was staged when it commits, and answers with loaded values after that', async () => {
    const response = await post('/late');
    expect(await response.json()).toMatchObject({ text: 'second' });
    expect(await application.texts()).toEqual(['second']);
  });

  it('has committed when its hooks run, and has run them when it answers', async () => {
    await (await post('/hook')).text();
    expect(seenBeforeAnswer).toEqual(['hooked']);
  });

  it('has one environment object, however it is reached', async () => {
    await post('/notes', { text: 'one' });
    expect(await (await call('/scoped')).json()).toEqual({
      service: true,
      current: true,
      record: true,
      user: true,
      joined: true,
      registry: true,
    });
  });

  it('outside is an error that names the ways in', async () => {
    const current = application.app.get(CurrentEnvironment);
    expect(() => current.env).toThrowError(expect.objectContaining({ hint: expect.stringContaining('registry.run') }));
  });
});

describe('what goes wrong leaves nothing behind', () => {
  const cases = [
    ['a guard that queries and rejects', () => call('/guarded'), 403],
    ['a pipe that throws', () => call('/piped/1'), 418],
    ['a handler that throws after writing', () => post('/fail'), 500],
  ] as const;
  it.each(cases)('%s, 200 times in a row', async (_name, send, status) => {
    for (let count = 0; count < 200; count++) {
      const response = await send();
      expect(response.status).toBe(status);
      await response.arrayBuffer();
    }
    await idle(application.pool);
    expect(application.pool.stats()).toMatchObject({ borrowed: 0, waiting: 0 });
    expect(await application.texts()).toEqual([]);
    const open = await application.query(
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
    );
    expect(open).toEqual([]);
  });
});
