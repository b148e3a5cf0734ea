import type { StandardSchemaV1 } from '@standard-schema/spec';
import { FieldValueError, UsageError } from '../errors/use-errors.js';
import { deepFreeze } from '../util/deep-freeze.js';
import { Field } from './field.js';
import type { FieldDeclaration } from './field-declaration.js';
import type { FieldOwner } from './field-owner.js';
import { compareJson, equalJson, isJsonNull, storableJson } from './json-values.js';

/**
 * JSON data. What is assigned is copied and frozen, because a change inside it would never be noticed; JSON's null and
 * an empty column are one unset. A `schema` checks, and may transform, what is assigned; what is loaded it is not asked.
 */
export class JsonField extends Field {
  readonly #schema: StandardSchemaV1 | null;

  constructor(declaration: FieldDeclaration, owner: FieldOwner) {
    super(declaration, owner, { type: 'jsonb', ddl: 'jsonb', parse: parseJson });
    this.#schema = (declaration.options['schema'] as StandardSchemaV1 | undefined) ?? null;
  }

  protected override convertValue(value: unknown): unknown {
    const checked = this.#schema === null ? value : this.#validate(this.#schema, value);
    if (isJsonNull(checked)) return null;
    const result = storableJson(checked);
    if ('flaw' in result) throw this.refuseWhat('data that JSON can hold', result.flaw);
    return deepFreeze(result.data);
  }

  override toParameter(value: unknown): unknown {
    return value === null ? null : JSON.stringify(value);
  }

  override equal(a: unknown, b: unknown): boolean {
    return equalJson(a, b);
  }

  protected override compareValues(a: unknown, b: unknown): number {
    return compareJson(a, b);
  }

  #validate(schema: StandardSchemaV1, value: unknown): unknown {
    const result = schema['~standard'].validate(value);
    if (result instanceof Promise) {
      // The answer comes too late to be used, and must not end as an unhandled rejection.
      result.catch(() => undefined);
      throw new UsageError(`The schema of ${this.model}.${this.name} answered with a promise.`, {
        model: this.model,
        field: this.name,
        hint: 'Values are checked when they are assigned: use a schema without asynchronous checks.',
      });
    }
    if (result.issues === undefined) return result.value;
    const issues = result.issues.slice(0, 5).map(({ message, path }) => {
      const place = (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
      return place === '' ? message : `${place}: ${message}`;
    });
    throw new FieldValueError(`${this.model}.${this.name}: ${issues.join('; ')}`, {
      model: this.model,
      field: this.name,
    });
  }
}

function parseJson(text: string): unknown {
  return deepFreeze(JSON.parse(text) as unknown);
}
