/** The part of an OpenAPI 3.0 schema that the application's document makes use of. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

export type Schemas = Readonly<Record<string, Schema>>;

/** The schema itself where there was a reference to it. */
export function resolve(schema: Schema, schemas: Schemas): Schema {
  if (schema.$ref === undefined) return schema;
  const found = schemas[schema.$ref.replace('#/components/schemas/', '')];
  if (found === undefined) throw new Error(`${schema.$ref} leads nowhere`);
  return found;
}

/**
 * What is wrong with a value, one text a fault; none: it fits. Stricter than OpenAPI in one point: a property that the
 * schema does not know is a fault, because then the document is behind the application.
 */
export function faultsOf(value: unknown, given: Schema, schemas: Schemas, place = 'answer'): string[] {
  const schema = resolve(given, schemas);
  const type = typeFaults(value, schema, place);
  if (type.length > 0) return type;
  return [
    ...limitFaults(value, schema, place),
    ...(schema.allOf ?? []).flatMap((part) => faultsOf(value, part, schemas, place)),
    ...choiceFaults(value, schema, schemas, place),
    ...(Array.isArray(value)
      ? itemFaults(value, schema, schemas, place)
      : propertyFaults(value, schema, schemas, place)),
  ];
}

/** `nullable` counts beside a `type` alone; that is how version 3.0 has it. */
function typeFaults(value: unknown, { type, nullable }: Schema, place: string): string[] {
  if (type === undefined || (value === null && nullable === true)) return [];
  return isOfType(value, type) ? [] : [`${place}: ${JSON.stringify(value)} is no ${type}`];
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'integer':
      return Number.isSafeInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}

function limitFaults(value: unknown, schema: Schema, place: string): string[] {
  const faults: string[] = [];
  if (schema.enum !== undefined && !schema.enum.includes(value)) faults.push(`${place}: is none of the enum`);
  if (schema.pattern !== undefined && typeof value === 'string' && !new RegExp(schema.pattern).test(value)) {
    faults.push(`${place}: ${value} does not match ${schema.pattern}`);
  }
  return faults;
}

function choiceFaults(value: unknown, { oneOf }: Schema, schemas: Schemas, place: string): string[] {
  if (oneOf === undefined) return [];
  const fitting = oneOf.filter((choice) => faultsOf(value, choice, schemas, place).length === 0);
  return fitting.length === 1 ? [] : [`${place}: fits ${fitting.length} of the choices`];
}

function itemFaults(value: readonly unknown[], { items }: Schema, schemas: Schemas, place: string): string[] {
  if (items === undefined) return [`${place}: its items are not described`];
  return value.flatMap((item, index) => faultsOf(item, items, schemas, `${place}[${index}]`));
}

function propertyFaults(value: unknown, schema: Schema, schemas: Schemas, place: string): string[] {
  // A schema that only combines others leaves the properties to them.
  if (typeof value !== 'object' || value === null || schema.allOf !== undefined || schema.oneOf !== undefined)
    return [];
  const missing = (schema.required ?? []).filter((name) => !(name in value)).map((name) => `${place}: lacks ${name}`);
  return Object.entries(value).reduce<string[]>((faults, [name, inner]) => {
    const property = schema.properties?.[name];
    if (property === undefined) return [...faults, `${place}.${name}: is not described`];
    return [...faults, ...faultsOf(inner, property, schemas, `${place}.${name}`)];
  }, missing);
}
