import { FieldNotLoadedError } from '../errors/use-errors.js';
import { parseWrittenOrder } from '../domain/order.js';
import type { RecordReader } from '../domain/record-reader.js';
import { compileComparer } from '../domain/to-comparer.js';
import { compilePredicate } from '../domain/to-predicate.js';
import { rowId } from '../cache/row.js';
import type { AnyRecord, RecordSet } from '../types/records.js';
import type { ComposedModel } from './composed-model.js';
import type { ModelRuntime } from './model-runtime.js';
import { ROW, isRecordState, rowsOf, singleFor, type RecordState } from './record-state.js';
import { iterate } from './iterate.js';
import { readDomain } from './search.js';

/** Reads records for the in-memory side of domains; what is not loaded throws `FieldNotLoadedError`. */
function readerFor(runtime: ModelRuntime): RecordReader<RecordState> {
  return {
    id: (record) => rowId(record[ROW]!),
    value(record, { name }): unknown {
      const value = (record as unknown as Record<string, unknown>)[name];
      return isRecordState(value) ? rowId(rowsOf(value)[0]!) : value;
    },
    related(record, { name }, which): Iterable<RecordState> {
      const isWhole = which === 'as listed' || !runtime.view.activeTest;
      const value = isWhole ? (record as unknown as Record<string, unknown>)[name] : withArchived(record, name);
      return isRecordState(value) ? iterate(value) : [];
    },
    browse: (model, id) =>
      singleFor(model as ComposedModel, runtime.work.cache.row(model as ComposedModel, id), runtime),
  };
}

/** The whole list of a field, from a view that leaves out no archived records. */
function withArchived(record: RecordState, name: string): unknown {
  const seen = (record as unknown as RecordSet<AnyRecord>).withContext({ activeTest: false });
  try {
    return (seen as unknown as Record<string, unknown>)[name];
  } catch (cause) {
    if (!(cause instanceof FieldNotLoadedError)) throw cause;
    const { model, field, ids, message } = cause;
    throw new FieldNotLoadedError(
      `${message.replace(/ is not loaded\.$/, '')} is not loaded with its archived records.`,
      {
        model,
        field,
        ids,
        hint: `The condition asks for archived records: await records.withContext({ activeTest: false }).load('${name}').`,
        cause,
      },
    );
  }
}

/** The test that a search with this domain would make, on loaded values. */
export function memoryPredicate(
  runtime: ModelRuntime,
  model: ComposedModel,
  written: unknown,
): (record: RecordState) => boolean {
  const { activeTest } = runtime.view;
  return compilePredicate(readDomain(runtime, model, written), model, readerFor(runtime), { activeTest });
}

/** Compares loaded records by a written order, or by the model's own. */
export function memoryComparer(
  runtime: ModelRuntime,
  model: ComposedModel,
  order: string | undefined,
): (a: RecordState, b: RecordState) => number {
  const terms = order === undefined ? model.order : parseWrittenOrder(model, order);
  return compileComparer(terms, model, readerFor(runtime));
}
