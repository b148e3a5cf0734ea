import type { INestApplication } from '@nestjs/common';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON; undefined when there is no content. */
  readonly body: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- tests look into answers freely
}

export interface RunningApp {
  readonly app: INestApplication;
  readonly url: string;
  readonly database: TestDatabase;
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown): Promise<Answer>;
  patch(path: string, body?: unknown): Promise<Answer>;
  delete(path: string): Promise<Answer>;
  /** A request with whatever body and headers. */
  send(method: string, path: string, init?: RequestInit): Promise<Answer>;
  close(): Promise<void>;
}

/** What no answer may ever hold: SQL, a stack, a connection string. */
const LEAKS = [/\bSELECT\b.+\bFROM\b/, /\bINSERT INTO\b/, /\bUPDATE\b.+\bSET\b/, /\n\s+at /, /postgres(ql)?:\/\//];

/**
 * The sample application over real HTTP, on a port and an empty database of its own, with the largest `cities` cities, or all.
 * `urlFor` may lead its connections over a detour.
 */
export async function startApp({
  cities = 500,
  urlFor = (url: string): string => url,
}: { readonly cities?: number | 'all'; readonly urlFor?: (url: string) => string } = {}): Promise<RunningApp> {
  const database = await createTestDatabase('sample');
  process.env['DATABASE_URL'] = urlFor(database.url);
  process.env['SAMPLE_CITIES'] = cities === 'all' ? '' : String(cities);
  // Imported when the settings are there: modules are read as soon as they are imported.
  const { createApp } = await import('../../sample-app/create-app.js');
  const app = await createApp({ logger: ['error', 'fatal'], abortOnError: false });
  try {
    await app.listen(0, '127.0.0.1');
  } catch (error) {
    await app.close();
    await database.drop();
    throw error;
  }
  const url = (await app.getUrl()).replace('[::1]', 'localhost');
  const send = (method: string, path: string, init: RequestInit = {}): Promise<Answer> =>
    call(url + path, { method, ...init });
  const withBody = (method: string) => (path: string, body?: unknown) =>
    send(method, path, {
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  return {
    app,
    url,
    database,
    send,
    get: (path) => send('GET', path),
    post: withBody('POST'),
    patch: withBody('PATCH'),
    delete: (path) => send('DELETE', path),
    close: async () => {
      await app.close();
      await database.drop();
    },
  };
}

async function call(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('application/json') ?? false;
  const leak = isJson ? LEAKS.find((pattern) => pattern.test(text)) : undefined;
  if (leak !== undefined) throw new Error(`${init.method} ${url} gave away ${leak}: ${text.slice(0, 500)}`);
  const body: unknown = isJson ? JSON.parse(text) : text === '' ? undefined : text;
  return { status: response.status, headers: response.headers, body };
}

/** An application with one partner and one product to order. */
export async function startAppWithOffer(): Promise<{
  readonly app: RunningApp;
  readonly partner: { readonly id: number };
  readonly product: { readonly id: number };
}> {
  const app = await startApp();
  const partner = (await app.post('/partners', { name: 'Here' })).body as { readonly id: number };
  const product = (await app.post('/products', { name: 'Thing', price: 1 })).body as { readonly id: number };
  return { app, partner, product };
}
