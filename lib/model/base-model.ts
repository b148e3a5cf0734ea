import { inspect } from 'node:util';
import { rowId } from '../cache/row.js';
import { UsageError } from '../errors/use-errors.js';
import { isRecordId } from '../fields/record-values.js';
import type { Context } from '../types/augmentable.js';
import type {
  AnyRecord,
  AnySet,
  BaseModelFace,
  DomainLiteral,
  EnvironmentFace,
  FieldName,
  Group,
  GroupOptions,
  ImplicitName,
  LockOptions,
  Many,
  Path,
  ReadRow,
  RECORD,
  RelationName,
  SearchOptions,
  SET,
  Target,
  Values,
} from '../types/records.js';
import { oneRow } from './accessors.js';
import { copyRecords } from './copy.js';
import { createRecords } from './create.js';
import { existingRecords, hasCycle } from './exists.js';
import { iterate } from './iterate.js';
import { loadPaths } from './load.js';
import { lockRecords } from './lock.js';
import type { ModelRuntime } from './model-runtime.js';
import { notLoaded } from './not-loaded.js';
import { readGroups } from './read-group.js';
import {
  MODEL,
  ROW,
  RUNTIME,
  idsOf,
  isRecordState,
  rowsOf,
  setFor,
  singleFor,
  type RecordState,
} from './record-state.js';
import { countRecords, searchRecords } from './search.js';
import {
  combine,
  filterByDomain,
  filterRecords,
  groupRecords,
  includesAll,
  mapRecords,
  onlyRecord,
  recordAt,
  relatedRecords,
  sortRecords,
} from './set-operations.js';
import { readRecords, toJson } from './to-json.js';
import { unlinkRecords } from './unlink.js';
import { writeRecords } from './write.js';

/** A record as its own operations see it: the typed face is the caller's, the state is the same object. */
function state(records: unknown): RecordState {
  return records as RecordState;
}

/**
 * Base of every model, which names itself: `class Partner extends BaseModel<Partner>`. An instance typed `Partner` is
 * exactly one record; typed `Many<Partner>` it is 0..n records. What each member promises is written at
 * `BaseModelFace`; here each delegates to the file that does the work.
 *
 * Records are never made by this constructor: the container that holds model classes as providers may call it.
 */
export abstract class BaseModel<S extends AnyRecord = AnyRecord> implements BaseModelFace<S> {
  declare readonly [RECORD]: true;
  declare readonly [SET]: S;
  declare readonly displayName: string;
  declare readonly createdAt: Date;
  declare readonly createdBy: number | null;
  declare readonly updatedAt: Date;
  declare readonly updatedBy: number | null;

  get id(): number {
    return knownId(state(this));
  }

  get env(): EnvironmentFace {
    return state(this)[RUNTIME].env;
  }

  get ids(): readonly number[] {
    return idsOf(state(this));
  }

  get length(): number {
    return rowsOf(state(this)).length;
  }

  [Symbol.iterator](): Iterator<S> {
    return iterate(state(this)) as unknown as Iterator<S>;
  }

  at(index: number): S | undefined {
    return recordAt(state(this), index) as S | undefined;
  }

  first(): S | undefined {
    return recordAt(state(this), 0) as S | undefined;
  }

  one(): S {
    return onlyRecord(state(this)) as unknown as S;
  }

  map<T>(project: (record: S, index: number) => T): T[] {
    return mapRecords(state(this), project as unknown as (record: RecordState, index: number) => T);
  }

  mapped<K extends RelationName<S>>(relation: K): Many<Target<S[K]>> {
    return relatedRecords(state(this), relation) as unknown as Many<Target<S[K]>>;
  }

  filter(keep: (record: S, index: number) => boolean): Many<S> {
    return filterRecords(state(this), keep as unknown as (record: RecordState) => boolean) as unknown as Many<S>;
  }

  filterBy<P extends string>(domain: DomainLiteral<S, P>): Many<S> {
    return filterByDomain(state(this), domain) as unknown as Many<S>;
  }

  sorted(by?: FieldName<S> | ImplicitName | ((a: S, b: S) => number)): Many<S> {
    return sortRecords(state(this), by as string | undefined) as unknown as Many<S>;
  }

  groupBy<K extends FieldName<S>>(by: K): Map<S[K], Many<S>>;
  groupBy<T>(by: (record: S) => T): Map<T, Many<S>>;
  groupBy(by: unknown): Map<never, Many<S>> {
    return groupRecords(state(this), by as string) as unknown as Map<never, Many<S>>;
  }

  union(other: AnySet<S>): Many<S> {
    return combine(state(this), other, 'union') as unknown as Many<S>;
  }

  intersect(other: AnySet<S>): Many<S> {
    return combine(state(this), other, 'intersect') as unknown as Many<S>;
  }

  minus(other: AnySet<S>): Many<S> {
    return combine(state(this), other, 'minus') as unknown as Many<S>;
  }

  includes(other: AnySet<S>): boolean {
    return includesAll(state(this), other);
  }

  async load<P extends string>(...paths: Path<S, P>[]): Promise<Many<S>> {
    await loadPaths(state(this), paths);
    return this as unknown as Many<S>;
  }

  async read<P extends string>(...paths: Path<S, P>[]): Promise<ReadRow<S, P>[]> {
    return (await readRecords(state(this), paths)) as unknown as ReadRow<S, P>[];
  }

  async search<P extends string, L extends string = never>(
    domain: DomainLiteral<S, P>,
    options?: SearchOptions<S, L>,
  ): Promise<Many<S>> {
    return (await searchRecords(state(this), domain, options)) as unknown as Many<S>;
  }

  async searchCount<P extends string>(
    domain: DomainLiteral<S, P>,
    options?: { readonly limit?: number | undefined },
  ): Promise<number> {
    return countRecords(state(this), domain, options);
  }

  async readGroup<P extends string, G extends string = never, A extends string = never>(
    domain: DomainLiteral<S, P>,
    options?: GroupOptions<S, G, A>,
  ): Promise<Group<S, G, A>[]> {
    return (await readGroups(state(this), domain, options)) as Group<S, G, A>[];
  }

  browse(id: number): S;
  browse(ids: readonly number[]): Many<S>;
  browse(ids: number | readonly number[]): S | Many<S> {
    return browse(state(this), ids) as unknown as S;
  }

  async exists(): Promise<Many<S>> {
    return (await existingRecords(state(this))) as unknown as Many<S>;
  }

  async lock(options?: LockOptions): Promise<Many<S>> {
    return (await lockRecords(state(this), options)) as unknown as Many<S>;
  }

  async create(values: Values<S>): Promise<S>;
  async create(values: readonly Values<S>[]): Promise<Many<S>>;
  async create(values: Values<S> | readonly Values<S>[]): Promise<S | Many<S>> {
    const isList = Array.isArray(values);
    const made = await createRecords(state(this), isList ? (values as readonly unknown[]) : [values]);
    return (isList ? made : onlyRecord(made)) as unknown as S;
  }

  async copy(values?: Values<S>): Promise<this> {
    return (await copyRecords(state(this), values)) as unknown as this;
  }

  async write(values: Values<S>): Promise<void> {
    await writeRecords(state(this), values);
  }

  async unlink(): Promise<void> {
    await unlinkRecords(state(this));
  }

  async hasCycle(field: RelationName<S>): Promise<boolean> {
    return hasCycle(state(this), field);
  }

  withContext(context: Context): this {
    return seenThrough(state(this), state(this)[RUNTIME].withContext(context)) as unknown as this;
  }

  withUser(uid: number): this {
    return seenThrough(state(this), state(this)[RUNTIME].withUser(uid)) as unknown as this;
  }

  sudo(): this {
    return seenThrough(state(this), state(this)[RUNTIME].sudo()) as unknown as this;
  }

  withEnv(env: EnvironmentFace): this {
    return seenThrough(state(this), runtimeOf(env)) as unknown as this;
  }

  toJSON(): unknown {
    return toJson(state(this));
  }

  /** What `console.log` shows: the records, not the cache and connections behind them. */
  [inspect.custom](): string {
    const records = state(this);
    if (!isRecordState(records)) return this.constructor.name;
    const ids = idsOf(records);
    const shown = ids.slice(0, 20).join(', ') + (ids.length > 20 ? `, … (${ids.length})` : '');
    return `${records[MODEL].name}(${shown})`;
  }
}

/** The id of one record. A record that is being made has none yet, which a computation may find. */
function knownId(record: RecordState): number {
  const row = oneRow(record);
  const id = rowId(row) as number | undefined;
  if (id === undefined) throw notLoaded(record, row, record[MODEL].fields.get('id')!);
  return id;
}

/** On an environment: what model code needs of it. */
export const ENVIRONMENT_RUNTIME = Symbol('environment runtime');

function runtimeOf(env: EnvironmentFace): ModelRuntime {
  return (env as unknown as { readonly [ENVIRONMENT_RUNTIME]: ModelRuntime })[ENVIRONMENT_RUNTIME];
}

/** The same ids through another environment: its rows, which within one transaction are the same. */
function seenThrough(records: RecordState, runtime: ModelRuntime): RecordState {
  if (runtime === records[RUNTIME]) return records;
  const own = runtime.work.models.get(records[MODEL].name);
  const rows = rowsOf(records).map((row) => runtime.work.cache.row(own, rowId(row)));
  return records[ROW] === undefined ? setFor(own, rows, { runtime }) : singleFor(own, rows[0]!, runtime);
}

function browse(records: RecordState, ids: unknown): RecordState {
  const model = records[MODEL];
  const runtime = records[RUNTIME];
  const { cache } = runtime.work;
  if (!Array.isArray(ids)) return singleFor(model, cache.row(model, checkedId(model.name, ids)), runtime);
  const unique = new Set((ids as readonly unknown[]).map((id) => checkedId(model.name, id)));
  return setFor(
    model,
    [...unique].map((id) => cache.row(model, id)),
    { runtime },
  );
}

/** @throws UsageError for what is no id; null and undefined above all, which are mistakes in the calling code */
function checkedId(model: string, id: unknown): number {
  if (isRecordId(id)) return id;
  throw new UsageError(`browse() of ${model} takes ids, whole numbers above 0, not ${String(id)}.`, {
    model,
    hint: 'For the empty set use browse([]).',
  });
}
