import { GROUP, MODEL, ROWS, RUNTIME, recordFor, type RecordState } from './record-state.js';

/** The records of a set, each now loading with the set's group; a record yields itself. */
export function* iterate(records: RecordState): Generator<RecordState> {
  const rows = records[ROWS];
  if (rows === undefined) {
    yield records;
    return;
  }
  const model = records[MODEL];
  const scope = { runtime: records[RUNTIME], group: records[GROUP] };
  // Set anew for each record: another loop may have renewed the group of a record that is in both sets.
  for (const row of rows) yield recordFor(model, row, scope);
}
