import { ValidationError, type Environment, type Values } from 'nest-registry';
import { readCountryCode } from '../geo/country-code.js';
import { Country } from '../geo/country.model.js';
import { City } from '../geo/city.model.js';
import { mustExist, readBody, readValues, type Body } from '../http/body.js';
import { Partner } from './partner.model.js';
import { Tag } from './tag.model.js';

const KEYS = ['name', 'email', 'country', 'city', 'parent', 'tags'] as const;

/**
 * What a client sent for a partner → values for `create` and `write`. A country may come as its code and tags as their
 * names; everything else is a field of the model, which checks it.
 */
export async function readPartner(env: Environment, input: unknown): Promise<Values<Partner>> {
  const body = readBody(input, KEYS);
  const named = { ...body, ...(await countryByCode(env, body)), ...(await tagsByName(env, body)) };
  const values = readValues(env.model(Partner), named, KEYS);
  const { country, city, parent, tags } = values as ParsedReferences;
  await Promise.all([
    country && mustExist(env.model(Country), [country], 'country'),
    city && mustExist(env.model(City), [city], 'city'),
    parent && mustExist(env.model(Partner), [parent], 'parent'),
    tags && mustExist(env.model(Tag), tags, 'tags'),
  ]);
  return values;
}

/** After `readValues` references are ids. */
interface ParsedReferences {
  readonly country?: number | null;
  readonly city?: number | null;
  readonly parent?: number | null;
  readonly tags?: readonly number[];
}

async function countryByCode(env: Environment, body: Body<'country'>): Promise<Body<'country'>> {
  if (typeof body.country !== 'string') return {};
  const code = readCountryCode(body.country);
  const [country] = code === null ? [] : await env.model(Country).search([['code', '=', code]]);
  if (country === undefined) throw new ValidationError('There is no country with this code.', { field: 'country' });
  return { country: country.id };
}

async function tagsByName(env: Environment, body: Body<'tags'>): Promise<Body<'tags'>> {
  if (body.tags === undefined) return {};
  // Anything but a plain list would reach the model, which also knows lists of changes; this API does not offer them.
  if (!Array.isArray(body.tags)) throw new ValidationError('Tags are a list of ids or names.', { field: 'tags' });
  const given: readonly unknown[] = body.tags;
  const names = given.filter((tag) => typeof tag === 'string');
  // There are few tags, so all of them are read.
  const tags = await env.model(Tag).search([]);
  const idOf = new Map(tags.map(({ name, id }) => [name, id]));
  const unknown = names.find((name) => !idOf.has(name));
  if (unknown !== undefined) {
    throw new ValidationError(`There is no tag ${JSON.stringify(unknown)}.`, { model: 'res.tag', field: 'tags' });
  }
  return { tags: given.map((tag) => (typeof tag === 'string' ? idOf.get(tag) : tag)) };
}
