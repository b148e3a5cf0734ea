import { PrefetchGroup } from '../cache/prefetch-group.js';
import type { Row } from '../cache/row.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel, Computation } from './composed-model.js';
import { runGetter } from './compute.js';
import type { ModelRuntime } from './model-runtime.js';
import type { RecordState } from './record-state.js';

/** Rows of new records that have no id yet, and what each was given. */
export interface NewRows {
  readonly rows: readonly Row[];
  /** Fields of each row that came with a value. */
  readonly given: readonly { has(field: Field): boolean }[];
}

/**
 * Computes stored fields of new records before their INSERT, as far as all they depend on is at hand: the values given,
 * and related records that are loaded. One statement then does for two. What cannot be computed yet waits for the
 * flush, as it would without this.
 *
 * @returns the computations that are done, for all of the rows
 */
export function precompute(runtime: ModelRuntime, model: ComposedModel, created: NewRows): Set<Computation> {
  const done = new Set<Computation>();
  // Until the record can be inserted, the savepoint of somebody else may change what its values come from.
  if (!runtime.work.isMyTurn) return done;
  const system = runtime.asSystem();
  const group = new PrefetchGroup(created.rows);
  const candidates = model.computations.filter(({ stored, getter }) => stored && getter !== null);
  for (const computation of [...candidates].sort((a, b) => a.rank - b.rank)) {
    if (!canPrecompute(model, computation, created)) continue;
    const field = computation.fields[0]!;
    const values = valuesOf(computation, { system, group, rows: created.rows });
    if (values === undefined) continue;
    for (const [index, row] of created.rows.entries()) row[field.slot] = values[index];
    done.add(computation);
  }
  return done;
}

/** Lists that were given come into being after the record; a field that was given a value keeps it. */
function canPrecompute(model: ComposedModel, { paths, fields }: Computation, { given }: NewRows): boolean {
  if (given.some((own) => own.has(fields[0]!))) return false;
  return paths.every((path) => {
    const first = model.fields.get(path.split('.')[0]!);
    if (first === undefined || first.name === 'id') return false;
    return first.relation === null || first.relation.kind === 'many2one' || given.every((own) => !own.has(first));
  });
}

/** The value for each row; undefined: something it needs is not there, and the flush will find out what. */
function valuesOf(
  computation: Computation,
  {
    system,
    group,
    rows,
  }: { readonly system: ModelRuntime; readonly group: PrefetchGroup; readonly rows: readonly Row[] },
): unknown[] | undefined {
  const { recordOf } = computation.model;
  const values: unknown[] = [];
  for (const row of rows) {
    try {
      values.push(runGetter(new recordOf(row, system, group) as RecordState, row, computation));
    } catch {
      // Whatever it is, it comes again at the flush, where the record has an id to name.
      return undefined;
    }
  }
  return values;
}
