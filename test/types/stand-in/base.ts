import type {
  AnyRecord,
  AnySet,
  BaseModelFace,
  DomainLiteral,
  EnvironmentFace,
  FieldName,
  ImplicitName,
  Many,
  Path,
  ReadRow,
  RECORD,
  RelationName,
  SearchOptions,
  SET,
  Target,
  Values,
} from '../../../lib/types/records.js';
import type { Context } from '../../../lib/types/augmentable.js';
const ENV = Symbol('env');
export abstract class BaseModel<S extends AnyRecord> implements BaseModelFace<S> {
  declare readonly [RECORD]: true;
  declare readonly [SET]: S;
  declare readonly [ENV]: EnvironmentFace;
  declare readonly id: number;
  declare readonly displayName: string;
  declare readonly createdAt: Date;
  declare readonly createdBy: number | null;
  declare readonly updatedAt: Date;
  declare readonly updatedBy: number | null;
  get env(): EnvironmentFace {
    return this[ENV];
  }
  get ids(): readonly number[] {
    return [];
  }
  get length(): number {
    return 0;
  }
  [Symbol.iterator](): Iterator<S> {
    throw new Error();
  }
  at(index: number): S | undefined {
    throw new Error(`${index}`);
  }
  first(): S | undefined {
    return this.at(0);
  }
  one(): S {
    throw new Error();
  }
  map<T>(project: (record: S, index: number) => T): T[] {
    throw new Error(`${project}`);
  }
  mapped<K extends RelationName<S>>(relation: K): Many<Target<S[K]>> {
    throw new Error(`${relation}`);
  }
  filter(keep: (record: S, index: number) => boolean): Many<S> {
    throw new Error(`${keep}`);
  }
  filterBy<P extends string>(domain: DomainLiteral<S, P>): Many<S> {
    throw new Error(`${domain}`);
  }
  sorted(by?: FieldName<S> | ImplicitName | ((a: S, b: S) => number)): Many<S> {
    throw new Error(`${by}`);
  }
  groupBy<K extends FieldName<S>>(by: K): Map<S[K], Many<S>>;
  groupBy<T>(by: (record: S) => T): Map<T, Many<S>>;
  groupBy(by: string | ((record: S) => unknown)): Map<never, Many<S>> {
    throw new Error(`${by}`);
  }
  union(other: AnySet<S>): Many<S> {
    throw new Error(`${other}`);
  }
  intersect(other: AnySet<S>): Many<S> {
    throw new Error(`${other}`);
  }
  minus(other: AnySet<S>): Many<S> {
    throw new Error(`${other}`);
  }
  includes(other: AnySet<S>): boolean {
    throw new Error(`${other}`);
  }
  load<P extends string>(...paths: Path<S, P>[]): Promise<Many<S>> {
    throw new Error(`${paths}`);
  }
  read<P extends string>(...paths: Path<S, P>[]): Promise<ReadRow<S, P>[]> {
    throw new Error(`${paths}`);
  }
  search<P extends string, L extends string = never>(
    domain: DomainLiteral<S, P>,
    options?: SearchOptions<S, L>,
  ): Promise<Many<S>> {
    throw new Error(`${domain} ${options}`);
  }
  searchCount<P extends string>(
    domain: DomainLiteral<S, P>,
    options?: { readonly limit?: number | undefined },
  ): Promise<number> {
    throw new Error(`${domain} ${options}`);
  }
  browse(id: number): S;
  browse(ids: readonly number[]): Many<S>;
  browse(ids: number | readonly number[]): S | Many<S> {
    throw new Error(`${ids}`);
  }
  exists(): Promise<Many<S>> {
    throw new Error();
  }
  create(values: Values<S>): Promise<S>;
  create(values: readonly Values<S>[]): Promise<Many<S>>;
  create(values: unknown): Promise<S> | Promise<Many<S>> {
    throw new Error(`${values}`);
  }
  write(values: Values<S>): Promise<void> {
    throw new Error(`${values}`);
  }
  unlink(): Promise<void> {
    throw new Error();
  }
  hasCycle(field: RelationName<S>): Promise<boolean> {
    throw new Error(`${field}`);
  }
  withContext(context: Context): this {
    throw new Error(`${context}`);
  }
  withUser(uid: number): this {
    throw new Error(`${uid}`);
  }
  sudo(): this {
    throw new Error();
  }
  withEnv(env: EnvironmentFace): this {
    throw new Error(`${env}`);
  }
  toJSON(): unknown {
    throw new Error();
  }
}
