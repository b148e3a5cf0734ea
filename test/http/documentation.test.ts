import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type Answer, type RunningApp } from './running-app.js';
import { faultsOf, resolve, type Schema, type Schemas } from './schema-check.js';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: Schema;
}
interface Content {
  readonly content?: { readonly 'application/json'?: { readonly schema: Schema } };
}
interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: Content & { readonly required: boolean };
  readonly responses: Readonly<Record<string, Content & { readonly description: string }>>;
}
interface OpenApi {
  readonly openapi: string;
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Schemas };
}

let app: RunningApp;
let document: OpenApi;
beforeAll(async () => {
  app = await startApp();
  document = (await app.get('/docs-json')).body;
});
afterAll(() => app?.close());

const page = { limit: 'integer', offset: 'integer', order: 'string' };
const text = 'string';
const id = { id: 'integer' };

/** One line a route: its parameters with their types, the keys of its body (`!`: required), the statuses of its answers. */
const routes: [string, Readonly<Record<string, string>>, string | null, string][] = [
  ['get /health', {}, null, '200 503'],
  ['get /countries', { ...page, region: text }, null, '200 400 503'],
  ['get /countries/{code}', { code: text }, null, '200 400 404 503'],
  ['get /cities', { ...page, q: text, country: text }, null, '200 400 503'],
  ['get /partners', { ...page, q: text, country: text, archived: 'boolean' }, null, '200 400 503'],
  ['post /partners', {}, 'name! email country city parent tags', '201 400 409 413 422 503'],
  ['get /partners/{id}', id, null, '200 400 404 503'],
  ['patch /partners/{id}', id, 'name email country city parent tags', '200 400 404 409 413 422 503'],
  ['delete /partners/{id}', id, null, '204 400 404 409 422 503'],
  ['post /partners/{id}/archive', id, '', '200 400 404 409 413 422 503'],
  ['get /tags', page, null, '200 400 503'],
  ['get /products', page, null, '200 400 503'],
  ['post /products', {}, 'name! price!', '201 400 409 413 422 503'],
  ['post /orders', {}, 'partner! lines!', '201 400 409 413 422 503'],
  ['get /orders/{id}', id, null, '200 400 404 503'],
  ['post /orders/{id}/confirm', id, '', '200 400 404 409 413 422 503'],
  ['get /accounts', page, null, '200 400 503'],
  ['post /accounts', {}, 'name! owner balance!', '201 400 409 413 422 503'],
  ['get /accounts/{id}', id, null, '200 400 404 503'],
  ['post /transfers', {}, 'from! to! amount! key!', '200 201 400 409 413 422 503'],
];

function operationOf(route: string): Operation {
  const [method = '', path = ''] = route.split(' ');
  const operation = document.paths[path]?.[method];
  if (operation === undefined) throw new Error(`${route} is not documented`);
  return operation;
}

const jsonOf = ({ content }: Content): Schema | undefined => content?.['application/json']?.schema;

describe('the document of the API', () => {
  it('has these routes and no others', () => {
    const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    expect(document.openapi).toMatch(/^3\.0\./);
    expect(documented.toSorted()).toEqual(routes.map(([route]) => route).toSorted());
  });

  it('gives every route a summary, and a tag that is described', () => {
    const known = document.tags.filter(({ description }) => description !== '').map(({ name }) => name);
    for (const [route] of routes) {
      const { summary, tags } = operationOf(route);
      expect([route, summary]).toEqual([route, expect.stringMatching(/\w/)]);
      expect(known).toEqual(expect.arrayContaining([...tags!]));
      expect(tags).toHaveLength(1);
    }
  });

  it.each(routes)('gives %s its parameters, each with a type', (route, parameters) => {
    const documented = operationOf(route).parameters;
    expect(Object.fromEntries(documented.map(({ name, schema }) => [name, schema.type]))).toEqual(parameters);
    for (const { name, in: place, required } of documented) {
      const isInPath = route.includes(`{${name}}`);
      expect([name, place, required]).toEqual([name, isInPath ? 'path' : 'query', isInPath]);
    }
  });

  it('says how long a page may be', () => {
    const limit = operationOf('get /partners').parameters.find(({ name }) => name === 'limit');
    expect(limit?.schema).toMatchObject({ minimum: 1, maximum: 200, default: 50 });
  });

  it.each(routes)('gives %s the keys of its body, and says that others are refused', (route, _parameters, keys) => {
    const { requestBody } = operationOf(route);
    if (keys === null) {
      expect(requestBody).toBeUndefined();
      return;
    }
    const schema = resolve(jsonOf(requestBody!)!, document.components.schemas);
    const written = Object.keys(schema.properties ?? {}).map(
      (key) => key + (schema.required?.includes(key) === true ? '!' : ''),
    );
    expect(written.join(' ')).toBe(keys);
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(requestBody!.required).toBe(keys !== '');
  });

  it.each(routes)('gives %s its answers, all errors in one shape', (route, _parameters, _keys, statuses) => {
    const { responses } = operationOf(route);
    expect(Object.keys(responses).join(' ')).toBe(statuses);
    for (const [status, response] of Object.entries(responses)) {
      const schema = jsonOf(response);
      if (status === '204') expect(schema).toBeUndefined();
      else if (Number(status) < 400 || route === 'get /health') expect(schema?.$ref).toMatch(/Dto$/);
      else expect([status, schema?.$ref]).toEqual([status, '#/components/schemas/ErrorDto']);
    }
  });

  it('has no schema without a type and no reference that leads nowhere', () => {
    const { schemas } = document.components;
    const visit = (schema: Schema, place: string): string[] => {
      // Its target is visited by its own name; what leads nowhere throws.
      if (schema.$ref !== undefined) return resolve(schema, schemas) === schema ? [place] : [];
      const parts = [...(schema.oneOf ?? []), ...(schema.allOf ?? []), ...(schema.items ? [schema.items] : [])];
      const isEmpty = schema.type === undefined && schema.oneOf === undefined && schema.allOf === undefined;
      return [
        ...(isEmpty ? [place] : []),
        ...parts.flatMap((part) => visit(part, place)),
        ...Object.entries(schema.properties ?? {}).flatMap(([name, part]) => visit(part, `${place}.${name}`)),
      ];
    };
    expect(Object.entries(schemas).flatMap(([name, schema]) => visit(schema, name))).toEqual([]);
    expect(Object.entries(schemas).filter(([, { properties }]) => Object.keys(properties ?? {}).length === 0)).toEqual(
      [],
    );
  });

  it('requires what every answer has', () => {
    const { PartnerDto, PartnerListItemDto, OrderDto } = document.components.schemas;
    for (const schema of [PartnerDto, PartnerListItemDto, OrderDto]) {
      expect(schema?.required).toEqual(Object.keys(schema?.properties ?? {}));
    }
    expect(PartnerDto?.required).toEqual(expect.arrayContaining(['orderCount', 'revenue', 'points']));
    expect(PartnerDto?.properties?.['label']?.nullable).toBeUndefined();
  });
});

describe('real answers', () => {
  /** Calls a route and holds the answer against its document. */
  async function check(route: string, path: string, body?: unknown): Promise<Answer> {
    const [method = ''] = route.split(' ');
    const init = { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const answer = await app.send(method.toUpperCase(), path, body === undefined ? {} : init);
    const response = operationOf(route).responses[answer.status];
    expect([route, answer.status, response]).toEqual([route, answer.status, expect.any(Object)]);
    const schema = jsonOf(response!);
    const faults = schema === undefined ? [] : faultsOf(answer.body, schema, document.components.schemas, route);
    expect(faults).toEqual([]);
    return answer;
  }

  it('of all lists and of countries are as documented', async () => {
    for (const list of ['countries', 'cities', 'partners', 'tags', 'products', 'accounts']) {
      expect((await check(`get /${list}`, `/${list}?limit=200`)).status).toBe(200);
      expect((await check(`get /${list}`, `/${list}?limit=201`)).status).toBe(400);
    }
    for (const code of ['FR', 'BV', 'AQ']) {
      expect((await check('get /countries/{code}', `/countries/${code}`)).status).toBe(200);
    }
    expect((await check('get /countries/{code}', '/countries/XX')).status).toBe(404);
    expect((await check('get /health', '/health')).status).toBe(200);
  });

  it('of partners are as documented, with all relations and with none', async () => {
    const city = (await app.get('/cities?q=paris&country=FR')).body.items[0];
    const plain = (await check('post /partners', '/partners', { name: 'Plain' })).body;
    const values = {
      name: 'Full',
      email: 'f@example.org',
      country: 'FR',
      city: city.id,
      parent: plain.id,
      tags: ['VIP'],
    };
    const full = (await check('post /partners', '/partners', values)).body;
    for (const { id } of [plain, full]) {
      expect((await check('get /partners/{id}', `/partners/${id}`)).status).toBe(200);
    }
    expect((await check('get /partners', '/partners')).body.total).toBe(2);
    expect((await check('patch /partners/{id}', `/partners/${full.id}`, { country: null })).status).toBe(200);
    expect((await check('patch /partners/{id}', `/partners/${full.id}`, { name: null })).status).toBe(422);
    expect((await check('post /partners/{id}/archive', `/partners/${full.id}/archive`)).status).toBe(200);
    expect((await check('delete /partners/{id}', `/partners/${full.id}`)).status).toBe(204);
    expect((await check('get /partners/{id}', `/partners/${full.id}`)).status).toBe(404);
    expect((await check('post /partners', '/partners', { nmae: 'x' })).status).toBe(400);
    expect((await check('post /partners', '/partners', { name: 'x'.repeat(200_000) })).status).toBe(413);
  });

  it('of sales are as documented', async () => {
    const partner = (await app.post('/partners', { name: 'Buyer' })).body;
    const product = (await check('post /products', '/products', { name: 'Tea', price: 12 })).body;
    const lines = [{ product: product.id, quantity: 2 }];
    const order = (await check('post /orders', '/orders', { partner: partner.id, lines })).body;
    expect((await check('get /orders/{id}', `/orders/${order.id}`)).status).toBe(200);
    const confirm = `/orders/${order.id}/confirm`;
    expect((await check('post /orders/{id}/confirm', confirm, {})).status).toBe(200);
    expect((await check('post /orders/{id}/confirm', confirm)).status).toBe(422);
    expect((await check('delete /partners/{id}', `/partners/${partner.id}`)).status).toBe(422);
    expect((await check('post /orders', '/orders', { partner: partner.id, lines: [] })).status).toBe(422);
  });

  it('of the wallet are as documented', async () => {
    const owner = (await app.post('/partners', { name: 'Owner' })).body;
    const from = (await check('post /accounts', '/accounts', { name: 'Purse', owner: owner.id, balance: '9.5' })).body;
    const to = (await check('post /accounts', '/accounts', { name: 'Till', balance: 0 })).body;
    for (const { id } of [from, to]) {
      expect((await check('get /accounts/{id}', `/accounts/${id}`)).status).toBe(200);
    }
    const transfer = { from: from.id, to: to.id, amount: 1, key: 'documented' };
    expect((await check('post /transfers', '/transfers', transfer)).status).toBe(201);
    expect((await check('post /transfers', '/transfers', transfer)).status).toBe(200);
    expect((await check('post /transfers', '/transfers', { ...transfer, amount: 2 })).status).toBe(409);
    expect((await check('post /transfers', '/transfers', { ...transfer, amount: 0 })).status).toBe(422);
  });

  it('are as documented while the database is away', async () => {
    await app.database.drop();
    expect((await check('get /health', '/health')).status).toBe(503);
    expect((await check('get /partners', '/partners')).status).toBe(503);
  });
});
