import { ApiSchema, type ApiSchemaOptions } from '@nestjs/swagger';

/** `ApiSchema` copies whatever it is given into the schema, although its type knows names and descriptions alone. */
type SchemaOptions = ApiSchemaOptions & { readonly additionalProperties?: false; readonly nullable?: true };

/** Documents that a body with any other key is refused. Subclasses do not inherit it. */
export function ApiClosed(): ClassDecorator {
  const options: SchemaOptions = { additionalProperties: false };
  return ApiSchema(options);
}

/**
 * Documents that null may stand in place of the object. A property that says so is not enough: it combines its own schema
 * with that of the class, so both must let null pass.
 */
export function ApiNullable(): ClassDecorator {
  const options: SchemaOptions = { nullable: true };
  return ApiSchema(options);
}
