import { Global, Inject, Injectable, Module, Scope, forwardRef, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { INestApplicationContext } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BaseModel, Extend, Model, fields } from '../../lib/core.js';
import { ModelExplorer } from '../../lib/nest/model-explorer.js';
import { RegistryModule } from '../../lib/nest/registry.module.js';
import type { RegistryModuleOptions } from '../../lib/nest/registry-options.js';
import { Transactional } from '../../lib/nest/transactional.decorator.js';
import { Registries } from '../../lib/nest/registries.js';
import { Registry } from '../../lib/registry/registry.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { FramedNote, LoudNote, Note } from './support/models.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('nestmodules');
});
afterAll(() => database.drop());

type Imports = Parameters<typeof Module>[0]['imports'];

async function start(
  imports: NonNullable<Imports>,
  providers: Type<object>[] = [],
  options: RegistryModuleOptions = {},
): Promise<INestApplicationContext> {
  @Module({ imports: [...imports, RegistryModule.forRoot({ ...options, database: { url: database.url } })], providers })
  class AppModule {}
  return NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
}

function found(app: INestApplicationContext): [string, string][] {
  return app
    .get(ModelExplorer)
    .find()
    .map(({ target, module = '' }) => [target.name, module]);
}

@Module({ imports: [RegistryModule.forFeature([Note])] })
class NotesModule {}
@Module({ imports: [RegistryModule.forFeature([LoudNote]), NotesModule] })
class LoudModule {}
@Module({ imports: [NotesModule], providers: [FramedNote] })
class XMLFrameModule {}

async function trail(app: INestApplicationContext): Promise<string[]> {
  return app.get(Registry).run(async (env) => (env.model(Note) as unknown as Note).trail());
}

describe('the order of modules', () => {
  it('puts what a module imports first, whoever is named first, and names modules after their classes', async () => {
    const app = await start([LoudModule, XMLFrameModule]);
    expect(found(app)).toEqual([
      ['Note', 'notes'],
      ['LoudNote', 'loud'],
      ['FramedNote', 'xml-frame'],
    ]);
    expect(await trail(app)).toEqual(['note', 'loud', 'framed']);
    await app.close();
  });

  it('decides the order of extensions that do not know each other', async () => {
    const app = await start([XMLFrameModule, LoudModule]);
    expect(await trail(app)).toEqual(['note', 'framed', 'loud']);
    await app.close();
  });

  it('is the same from every start when one of the two imports the other', async () => {
    @Module({ imports: [XMLFrameModule, RegistryModule.forFeature([LoudNote])] })
    class LoudAfterFrameModule {}
    for (const imports of [
      [LoudAfterFrameModule, XMLFrameModule, NotesModule],
      [NotesModule, XMLFrameModule, LoudAfterFrameModule],
      [XMLFrameModule, LoudAfterFrameModule],
    ]) {
      const app = await start(imports);
      expect(await trail(app)).toEqual(['note', 'framed', 'loud']);
      await app.close();
    }
  });

  it('stays decided in a circle of imports', async () => {
    @Module({ imports: [forwardRef(() => RightModule), NotesModule], providers: [LoudNote] })
    class LeftModule {}
    @Module({ imports: [forwardRef(() => LeftModule)], providers: [FramedNote] })
    class RightModule {}
    const app = await start([LeftModule]);
    expect(found(app).map(([name]) => name)).toEqual(['FramedNote', 'Note', 'LoudNote']);
    expect(await trail(app)).toEqual(['note', 'framed', 'loud']);
    await app.close();
  });

  it('puts global modules first, but after what they import', async () => {
    @Global()
    @Module({ imports: [NotesModule], providers: [FramedNote] })
    class EverywhereModule {}
    const app = await start([LoudModule, EverywhereModule]);
    expect(found(app).map(([name]) => name)).toEqual(['Note', 'FramedNote', 'LoudNote']);
    await app.close();
  });

  it('finds a class once, however often it is given', async () => {
    const app = await start(
      [
        NotesModule,
        RegistryModule.forFeature([Note], { module: 'again' }),
        RegistryModule.forFeature([Note, LoudNote]),
      ],
      [Note],
    );
    expect(found(app)).toEqual([
      ['Note', 'notes'],
      ['LoudNote', 'app'],
    ]);
    await app.close();
  });
});

@Injectable()
class Mailer {
  readonly name = 'mailer';
}

@Injectable({ scope: Scope.REQUEST })
class Basket {}

@Model('n.letter')
class Letter extends BaseModel<Letter> {
  @fields.Char() text!: string | null;
  @Inject(Mailer) readonly mailer!: Mailer;
  by(): string {
    return this.mailer.name;
  }
}

@Extend()
class Parcel extends Letter {
  @Inject('RATE') readonly rate!: number;
  override by(): string {
    return `${super.by()} at ${this.rate}`;
  }
}

describe('what a model injects', () => {
  it('is reachable from its records, and from those of its extensions', async () => {
    @Module({ providers: [Letter, Parcel, Mailer, { provide: 'RATE', useValue: 3 }] })
    class PostModule {}
    const app = await start([PostModule]);
    expect(await app.get(Registry).run(async (env) => (env.model(Letter) as unknown as Letter).by())).toBe(
      'mailer at 3',
    );
    await app.close();
  });

  it('cannot belong to a request', async () => {
    @Model('n.shop')
    class Shop extends BaseModel<Shop> {
      @fields.Char() text!: string | null;
      @Inject(Basket) readonly basket!: Basket;
    }
    @Module({ providers: [Shop, Basket] })
    class ShopModule {}
    await expect(start([ShopModule])).rejects.toMatchObject({
      code: 'MODEL_DEFINITION',
      problems: [{ model: 'n.shop', field: 'basket', module: 'shop' }],
    });
  });
});

let seen: unknown[] = [];

@Injectable()
class Starter {
  constructor(
    @Inject(Registry) private readonly registry: Registry,
    @Inject(Registries) private readonly registries: Registries,
  ) {
    try {
      seen.push(this.registry.name);
    } catch (error) {
      seen.push((error as { readonly code: string }).code);
    }
  }
  async onModuleInit(): Promise<void> {
    const count = await this.registry.run((env) => env.model(Note).searchCount([]));
    seen.push(count, this.registry instanceof Registry, this.registries.get().has('n.note'));
  }
  @Transactional() async write(text: string): Promise<number> {
    return this.registry.run(async (env) => (await env.model(Note).create({ text })).id);
  }
  @Transactional() async writeTwice(text: string): Promise<void> {
    await this.write(text);
    await this.write('forbidden');
  }
  @Transactional({ isolation: 'serializable' }) async strict(): Promise<string> {
    return this.registry.run(async (env) => {
      const [row] = await env.cursor.execute<{ level: string }>(
        "SELECT current_setting('transaction_isolation') AS level",
      );
      return row!.level;
    });
  }
  @Transactional({ readOnly: true }) async peek(): Promise<number> {
    return this.write('never');
  }
}

describe('the life of an application', () => {
  it('has its registry before any onModuleInit, and not in constructors', async () => {
    seen = [];
    const app = await start([NotesModule], [Starter]);
    expect(seen).toEqual(['USAGE', 0, true, true]);
    expect(app.get(Registry)).toBe(app.get(Registries).get());
    await app.close();
  });

  it('opens units for transactional methods, joins them, and undoes them as a whole', async () => {
    const app = await start([NotesModule], [Starter]);
    const starter = app.get(Starter);
    const count = (): Promise<number> => app.get(Registry).run((env) => env.model(Note).searchCount([]));
    await starter.write('one');
    await expect(starter.writeTwice('two')).rejects.toThrow('That text is forbidden');
    expect(await count()).toBe(1);
    expect(await starter.strict()).toBe('serializable');
    await expect(starter.peek()).rejects.toThrow();
    await expect(app.get(Registry).run(() => starter.strict())).rejects.toMatchObject({ code: 'USAGE' });
    expect(await count()).toBe(1);
    await app.close();
  });

  it('begins nothing after its end, and ends twice without harm', async () => {
    const app = await start([NotesModule], [Starter]);
    const registry = app.get(Registry);
    await app.close();
    await app.close();
    await expect(registry.run((env) => env.model(Note).searchCount([]))).rejects.toMatchObject({
      code: 'TRANSACTION_ENDED',
    });
  });

  it('takes options that are found out asynchronously', async () => {
    @Module({ providers: [{ provide: 'SETTINGS', useValue: { schema: 'sync' } }], exports: ['SETTINGS'] })
    class SettingsModule {}
    @Module({
      imports: [
        NotesModule,
        RegistryModule.forRootAsync({
          imports: [SettingsModule],
          inject: ['SETTINGS'],
          useFactory: async (settings: RegistryModuleOptions) => ({ ...settings, database: { url: database.url } }),
        }),
      ],
    })
    class AppModule {}
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
    expect(app.get(Registry).has('n.note')).toBe(true);
    await app.close();
  });

  it('reports all wrong options together, and no value of a connection string', async () => {
    const wrong = {
      schema: 'maybe',
      databse: {},
      pool: { max: 0 },
      user: 7,
      transaction: { isolation: 'none', retry: true },
    } as unknown as RegistryModuleOptions;
    const failure: unknown = await start([NotesModule], [], wrong).catch((error: unknown) => error);
    const message = (failure as Error).message;
    for (const part of [
      '`schema`',
      '"database"',
      '`max`',
      '`user`',
      '`transaction.isolation`',
      '`transaction.retry`',
    ]) {
      expect(message).toContain(part);
    }
    @Module({ imports: [RegistryModule.forRoot({ database: { url: 'mysql://root:hush@db/x' } })] })
    class AppModule {}
    await expect(
      NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false }),
    ).rejects.toThrow(expect.not.objectContaining({ message: expect.stringContaining('hush') }));
  });
});
