import type { FieldResolver } from '../domain/field-resolver.js';
import { UsageError } from '../errors/use-errors.js';
import type { ModelFace } from '../types/faces.js';
import type { AnyRecord, AnySet } from '../types/records.js';
import type { ComposedModel } from './composed-model.js';
import { MODEL, isRecordState } from './record-state.js';

/** Names a model: a recordset of it such as `env.model(Partner)`, or what `registry.get('res.partner')` gives. */
export type ModelReference = AnySet<AnyRecord> | ModelFace | FieldResolver;

/** The model that a reference names. @throws UsageError naming `caller` for anything else */
export function modelOfReference(reference: ModelReference, caller: string): ComposedModel {
  if (isRecordState(reference)) return reference[MODEL];
  if (typeof reference === 'object' && reference !== null && 'findField' in reference)
    return reference as ComposedModel;
  throw new UsageError(`${caller}() takes a model as its first argument.`, {
    hint: "Give a recordset, such as env.model(Partner), or registry.get('res.partner').",
  });
}
