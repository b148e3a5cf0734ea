export * from '../../../lib/types/augmentable.js';
export type { AnyRecord, FieldName, Many, One, Path, ReadRow, RecordSet, Values } from '../../../lib/types/records.js';
export { fields } from '../../../lib/fields/decorators.js';
export { Decimal } from '../../../lib/util/decimal.js';
export { BaseModel } from '../../../lib/model/base-model.js';
export { Environment } from './env.js';
export * from './decls.js';
export { Constrains, Depends, Extend, Model } from '../../../lib/model/decorators.js';
