/*
 * The core: everything but the Nest module and its providers; importing it loads no Nest.
 * `Models` and `Context` are re-exported by `export *`, since declaration merging does not reach through a named alias.
 */
export * from './types/augmentable.js';
export type { CacheFace, CursorFace, FieldFace, ModelFace, RegistryFace, TransactionFace } from './types/faces.js';
export type { Granularity, Operator } from './types/search-terms.js';
export type {
  AggregateKey,
  AnyRecord,
  AnySet,
  BaseModelFace,
  DomainLiteral,
  EnvironmentFace,
  FieldName,
  Group,
  GroupKey,
  GroupOptions,
  ImplicitName,
  LockOptions,
  Many,
  ModelClass,
  One,
  Path,
  PathValue,
  ReadRow,
  RecordSet,
  RelationChangesInput,
  RelationName,
  SearchOptions,
  Target,
  Term,
  UserFace,
  Values,
} from './types/records.js';

export { RegistryError, type ErrorSubject } from './errors/registry-error.js';
export { AccessError, MissingError, ValidationError } from './errors/business-errors.js';
export {
  BadInputError,
  DomainError,
  ExpectedOneError,
  FieldNotLoadedError,
  FieldValueError,
  TransactionEndedError,
  UnknownFieldError,
  UnknownModelError,
  UsageError,
} from './errors/use-errors.js';
export { ModelDefinitionError, type DefinitionProblem } from './errors/definition-errors.js';
export {
  CommitOutcomeUnknownError,
  ConflictError,
  ConstraintViolationError,
  DatabaseError,
  DeadlockError,
  LockTimeoutError,
  ReadOnlyTransactionError,
  SerializationError,
  StalePlanError,
  StatementCancelledError,
  TransactionAbortedError,
  type ConstraintKind,
} from './errors/database-errors.js';
export {
  PoolClosedError,
  PoolConnectError,
  PoolConnectionLostError,
  PoolError,
  PoolExhaustedError,
  PoolTimeoutError,
  StaleLeaseError,
  type PoolFigures,
} from './errors/pool-errors.js';
export { SchemaChangeError, SchemaDriftError, type SchemaProblem } from './errors/schema-errors.js';
export type { SchemaMode } from './schema/apply.js';

export { Sql, identifier, joinSql, rawSql, sql } from './sql/sql.js';
export { and, not, or } from './domain/written.js';
export { isSubmitted } from './domain/submitted.js';
export { Decimal } from './util/decimal.js';

export { ConnectionPool, type BorrowOptions } from './pool/connection-pool.js';
export type { ConnectionLease, QueryResult } from './pool/connection-lease.js';
export type { ConnectionTarget } from './pool/connection-target.js';
export type {
  BorrowReport,
  ConnectionReport,
  ConnectReport,
  GiveBackReport,
  LeakReport,
  OutageReport,
  PoolEvents,
  RecoveryReport,
  TimeoutMessage,
} from './pool/pool-events.js';
export { PoolJournal, type PoolLog } from './pool/pool-journal.js';
export type { DurationHistogram, PoolMetrics } from './pool/pool-metrics.js';
export type { PoolOptions } from './pool/pool-options.js';
export type { PoolStats } from './pool/pool-stats.js';
export { Cursor, type Isolation } from './cursor/cursor.js';
export type { CursorStats } from './cursor/statement-log.js';

export { fields } from './fields/decorators.js';
export { Constrains, Depends, Extend, Model } from './model/decorators.js';
export { check, exclude, index, unique } from './model/constraint-options.js';
export type { ConstraintOption, ModelOptions } from './model/model-definition.js';
export { BaseModel } from './model/base-model.js';
export type { ModelReference } from './model/model-reference.js';
export { parseDomain, parseOrder } from './model/parse-input.js';
export { parseValues, type ParseValuesOptions } from './model/parse-values.js';

export { Environment } from './environment/environment.js';
export { Registry } from './registry/registry.js';
export type {
  ConstraintDescription,
  FieldDescription,
  FieldLayer,
  MemberDescription,
  ModelDescription,
  OptionDescription,
  Origin,
} from './registry/describe.js';
export type {
  ModelSource,
  RegistryLog,
  RegistryOptions,
  RetryOptions,
  RunOptions,
  TransactionSettings,
} from './registry/registry-settings.js';
