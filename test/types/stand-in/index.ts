export * from '../../../lib/types/augmentable.js';
export type { AnyRecord, FieldName, Many, One, Path, ReadRow, RecordSet, Values } from '../../../lib/types/records.js';
export { fields } from '../../../lib/fields/decorators.js';
export { Decimal } from '../../../lib/util/decimal.js';
export { BaseModel } from './base.js';
export { Environment } from './env.js';
export * from './decls.js';
