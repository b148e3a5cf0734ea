import { BadInputError, ValidationError, type AnyRecord, type Many } from 'nest-registry';

/** A body with the keys that were allowed; their values are still unchecked. */
export type Body<K extends string> = { readonly [P in K]?: unknown };

/**
 * A request's body as an object that has no other keys than these. `parseValues` does the same and checks the values as
 * well; this one is for bodies that are not simply fields of one model.
 */
export function readBody<K extends string>(body: unknown, keys: readonly K[]): Body<K> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new BadInputError('The body is a JSON object.', { hint: 'Send it with content-type: application/json.' });
  }
  for (const key of Object.keys(body)) {
    if (!keys.some((known) => known === key)) {
      throw new BadInputError(`Unknown key ${JSON.stringify(key)}.`, {
        field: key,
        hint: `Known: ${keys.join(', ')}.`,
      });
    }
  }
  return body;
}

/** Makes sure that these keys were given; whether null is a value for them is their field's business. */
export function requireKeys(values: object, keys: readonly string[]): void {
  for (const key of keys) {
    if ((values as Record<string, unknown>)[key] === undefined) {
      throw new ValidationError(`"${key}" is required.`, { field: key });
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
