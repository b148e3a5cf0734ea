import { BadInputError, ValidationError, parseValues, type AnyRecord, type Many, type Values } from 'nest-registry';

/** A body with the keys that were allowed; their values are still unchecked. */
export type Body<K extends string> = { readonly [P in K]?: unknown };

/** A request's body, or an object within it, that has no other keys than these. */
export function readBody<K extends string>(body: unknown, keys: readonly K[], what = 'The body'): Body<K> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new BadInputError(`${what} is a JSON object.`, { hint: 'Send it with content-type: application/json.' });
  }
  for (const key of Object.keys(body)) {
    if (!keys.some((known) => known === key)) {
      const hint = keys.length === 0 ? 'Send no body.' : `Known: ${keys.join(', ')}.`;
      throw new BadInputError(`Unknown key ${JSON.stringify(key)}.`, { field: key, hint });
    }
  }
  return body;
}

/** For routes that take no body: none, or an object without keys. */
export function refuseKeys(body: unknown): void {
  if (body !== undefined) readBody(body, []);
}

/**
 * A body whose keys are fields of one model → values for `create` and `write`. The keys are refused as everywhere; the
 * values are checked by the model.
 */
export function readValues<M extends AnyRecord>(
  records: Many<M>,
  body: unknown,
  keys: readonly string[],
  what?: string,
): Values<M> {
  return parseValues(records, readBody(body, keys, what), { fields: keys });
}

/**
 * Makes sure that these keys were given, in the words that a model has for it; whether null is a value for them is their
 * field's business.
 */
export function requireKeys(values: object, keys: readonly string[], model: string): void {
  for (const key of keys) {
    if ((values as Record<string, unknown>)[key] === undefined) {
      const label = key.slice(0, 1).toUpperCase() + key.slice(1);
      throw new ValidationError(`${label} is required.`, { model, field: key });
    }
  }
}

/**
 * Makes sure that records which a body names exist. A record missing in the path is a 404, one named in the body a 422,
 * with the field that named it.
 */
export async function mustExist<M extends AnyRecord>(
  records: Many<M>,
  ids: readonly number[],
  field: string,
): Promise<Many<M>> {
  const found = await records.browse(ids).exists();
  const missing = ids.filter((id) => !found.ids.includes(id));
  if (missing.length > 0) {
    throw new ValidationError(`"${field}" names what does not exist: ${missing.join(', ')}.`, { field, ids: missing });
  }
  return found;
}
