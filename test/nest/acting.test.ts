import { Controller, Get, Inject, Injectable, Post, UseGuards } from '@nestjs/common';
import type { CanActivate, ExecutionContext, RequestMethod } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Environment } from '../../lib/environment/environment.js';
import type { UnitFacts, UserAnswer } from '../../lib/nest/acting-party.js';
import { CurrentEnvironment } from '../../lib/nest/current-environment.js';
import { Transactional } from '../../lib/nest/transactional.decorator.js';
import { startApplication, type RunningApplication } from './support/application.js';
import { Note } from './support/models.js';

interface Signed {
  readonly headers: Readonly<Record<string, string | undefined>>;
  userId?: number;
}

/** Signs in whoever says so, as authentication guards do: after request-scoped classes were made. */
@Injectable()
class SignInGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Signed>();
    if (request.headers['x-user']) request.userId = Number(request.headers['x-user']);
    return true;
  }
}

@Injectable()
class ReadyGuard implements CanActivate {
  constructor(@Inject(CurrentEnvironment) private readonly current: CurrentEnvironment) {}
  async canActivate(): Promise<boolean> {
    return (await this.current.ready()).uid === 9;
  }
}

@Injectable()
class QueryingGuard implements CanActivate {
  constructor(@Inject(CurrentEnvironment) private readonly current: CurrentEnvironment) {}
  async canActivate(): Promise<boolean> {
    await this.current.env.model(Note).searchCount([]);
    return true;
  }
}

@Controller('scoped')
@UseGuards(SignInGuard)
class ScopedController {
  constructor(
    @Inject(Environment) private readonly env: Environment,
    @Inject(CurrentEnvironment) private readonly current: CurrentEnvironment,
  ) {}
  @Get() who() {
    const { uid, su, context } = this.env;
    return { uid, su, context, same: this.current.env === this.env, joined: this.env.withUser(uid) === this.env };
  }
}

@Controller()
class PlainController {
  constructor(@Inject(CurrentEnvironment) private readonly current: CurrentEnvironment) {}
  @Get('nothing') nothing(): string {
    return 'nothing';
  }
  @Get('twice') @UseGuards(SignInGuard) twice() {
    return { uids: [this.current.env.uid, this.current.env.withContext({ lang: 'de' }).uid] };
  }
  @Get('ready') @UseGuards(ReadyGuard) ready(): string {
    return 'ready';
  }
}

let asked: UnitFacts[] = [];
let answer: (facts: UnitFacts) => UserAnswer | Promise<UserAnswer> = () => 1;

let application: RunningApplication;
beforeAll(async () => {
  application = await startApplication({
    controllers: [ScopedController, PlainController],
    options: {
      user: (facts) => {
        asked.push(facts);
        return answer(facts);
      },
      context: ({ request }) => ({ lang: (request as Signed).headers['x-lang'] ?? 'en' }),
    },
  });
  await fetch(`${application.url}/nothing`);
});
afterAll(() => application.stop());
beforeEach(() => {
  asked = [];
  answer = ({ request }) => (request as Signed).userId ?? null;
});

const get = async (path: string, headers: Record<string, string> = {}): Promise<unknown> =>
  (await fetch(application.url + path, { headers })).json();

describe('who acts', () => {
  it('is asked after the guard that signs in, though the environment was injected before', async () => {
    expect(await get('/scoped', { 'x-user': '7', 'x-lang': 'fr' })).toEqual({
      uid: 7,
      su: false,
      context: { lang: 'fr' },
      same: true,
      joined: true,
    });
    expect(asked).toMatchObject([{ kind: 'http', handler: 'ScopedController.who' }]);
  });

  it('is the anonymous user where nobody signed in', async () => {
    expect(await get('/scoped')).toMatchObject({ uid: 0, su: false });
  });

  it('is asked once a unit, and not where nothing needs it', async () => {
    expect(await get('/twice', { 'x-user': '3' })).toEqual({ uids: [3, 3] });
    expect(asked).toHaveLength(1);
    await fetch(`${application.url}/nothing`);
    expect(asked).toHaveLength(1);
  });

  it('must be a uid', async () => {
    answer = () => 'seven' as never;
    expect(await get('/twice')).toMatchObject({ statusCode: 500, code: 'USAGE' });
  });
});

describe('an asynchronous answer', () => {
  it('is awaited before the handler, and by ready() in a guard', async () => {
    const other = await startApplication({
      controllers: [ScopedController, PlainController],
      options: { user: async () => Promise.resolve(9) },
    });
    try {
      for (let count = 0; count < 2; count++) {
        expect(await (await fetch(`${other.url}/scoped`)).json()).toMatchObject({ uid: 9, same: true });
        expect(await (await fetch(`${other.url}/ready`)).text()).toBe('ready');
      }
    } finally {
      await other.stop();
    }
  });

  it('that fails is an answer, and leaves nothing', async () => {
    const other = await startApplication({
      controllers: [PlainController],
      options: { user: () => Promise.reject(new Error('who knows')) },
    });
    try {
      expect((await fetch(`${other.url}/twice`)).status).toBe(500);
      expect((await fetch(`${other.url}/ready`)).status).toBe(500);
      expect(other.pool.stats()).toMatchObject({ borrowed: 0 });
    } finally {
      await other.stop();
    }
  });
});

const LEVEL =
  "SELECT current_setting('transaction_isolation') || ' ' || current_setting('transaction_read_only') AS is";

@Controller('settings')
@Transactional({ isolation: 'serializable' })
class SettingsController {
  constructor(@Inject(CurrentEnvironment) private readonly current: CurrentEnvironment) {}
  private async level(): Promise<string> {
    return (await this.current.env.cursor.execute<{ is: string }>(LEVEL))[0]!.is;
  }
  @Get('class') ofClass() {
    return this.level();
  }
  @Transactional({ isolation: 'read committed', readOnly: true }) @Get('above') above() {
    return this.level();
  }
  @Get('below') @Transactional({ readOnly: true }) below() {
    return this.level();
  }
  @Get('uid') @Transactional({ readOnly: true }) async uid() {
    return `${this.current.env.uid} ${await this.level()}`;
  }
  @Get('late') @UseGuards(QueryingGuard) late() {
    return this.level();
  }
  @Post('write') @Transactional({ readOnly: true }) async write() {
    await this.current.env.model(Note).create({ text: 'never' });
  }
}

describe('@Transactional on handlers and controllers', () => {
  let other: RunningApplication;
  beforeAll(async () => {
    other = await startApplication({ controllers: [SettingsController], options: { user: () => 1 } });
  });
  afterAll(() => other.stop());
  const text = async (path: string): Promise<string> => (await fetch(`${other.url}/settings/${path}`)).text();

  it('says how the unit uses the database, the handler before its controller, wherever it stands', async () => {
    expect(await text('class')).toBe('serializable off');
    expect(await text('above')).toBe('read committed on');
    expect(await text('below')).toBe('serializable on');
    expect(await text('uid')).toBe('1 serializable on');
  });

  it('refuses a stricter isolation than a guard has begun with', async () => {
    expect(JSON.parse(await text('late'))).toMatchObject({ statusCode: 500, code: 'USAGE' });
  });

  it('refuses writes where it is read-only', async () => {
    const response = await fetch(`${other.url}/settings/write`, { method: 'POST' });
    expect(response.status).toBe(500);
    expect(await other.texts()).toEqual([]);
  });
});

describe('an application with a global prefix', () => {
  it('has units on all its paths', async () => {
    const other = await startApplication({
      controllers: [PlainController, ScopedController],
      before: (app) =>
        app.setGlobalPrefix('api', { exclude: ['twice'] as (string | { path: string; method: RequestMethod })[] }),
    });
    try {
      expect(await (await fetch(`${other.url}/api/scoped`)).json()).toMatchObject({ uid: 1, same: true });
      expect(await (await fetch(`${other.url}/twice`)).json()).toEqual({ uids: [1, 1] });
      expect((await fetch(`${other.url}/nowhere`)).status).toBe(404);
    } finally {
      await other.stop();
    }
  });
});
