import type { ComputeQueue } from '../cache/compute-queue.js';
import type { DirtyRows } from '../cache/dirty-rows.js';
import type { LinkChanges } from '../cache/link-changes.js';
import type { RecordCache } from '../cache/record-cache.js';
import type { ReverseIndex } from '../cache/reverse-index.js';
import type { Row } from '../cache/row.js';
import type { RowQueue } from '../cache/row-queue.js';
import type { StagedValues } from '../cache/staged-values.js';
import type { View } from '../cache/view.js';
import { runningUnit, type RunningUnit } from '../cursor/running-unit.js';
import type { Field } from '../fields/field.js';
import type { Statement, StatementResult } from '../pool/statement.js';
import type { Context } from '../types/augmentable.js';
import type { EnvironmentFace } from '../types/records.js';
import type { ComposedModel, ModelLookup } from './composed-model.js';
import type { Computation, ConstraintMethod, Trigger } from './composed-model.js';

/** What model code asks of one environment; the environment above implements it. */
export interface ModelRuntime {
  /** The public object that records give as `env`. */
  readonly env: EnvironmentFace;
  readonly uid: number;
  readonly view: View;
  readonly work: Work;
  /** Record objects of rows whose first record belongs to another environment. */
  readonly records: Map<Row, object>;
  /** The superuser with an empty context: how stored fields are computed and checks run. */
  asSystem(): ModelRuntime;
  withUser(uid: number): ModelRuntime;
  withContext(context: Context): ModelRuntime;
  sudo(): ModelRuntime;
}

/** A walk back that has `remaining` relations left; one of the trigger's `places`. */
export type SuspendedTrigger = Trigger['places'][number];

/** Who staged a value: the environment and the model. */
export interface StagedOwner {
  readonly runtime: ModelRuntime;
  readonly model: ComposedModel;
}

/** Loads asked for in one tick become one query. */
export interface Loads {
  /** The eager columns of rows, or one lazy column. */
  columns(
    runtime: ModelRuntime,
    model: ComposedModel,
    wanted: { readonly rows: readonly Row[]; readonly lazy: Field | null },
  ): Promise<void>;
  /** The lists of an x2many with the eager columns of their members. */
  list(runtime: ModelRuntime, field: Field, rows: readonly Row[]): Promise<void>;
}

/** What all environments of one transaction share, as model code sees it. */
export interface Work {
  readonly models: ModelLookup;
  readonly cache: RecordCache;
  readonly reverse: ReverseIndex;
  readonly staged: StagedValues<StagedOwner>;
  readonly dirty: DirtyRows;
  readonly queue: ComputeQueue<Computation>;
  readonly links: LinkChanges;
  /** Records that constraint methods must look at. */
  readonly checks: RowQueue<ConstraintMethod>;
  /** Changes whose dependents the cache alone could not name. */
  readonly touched: RowQueue<SuspendedTrigger>;
  readonly loads: Loads;
  /** One instant for the whole transaction: `createdAt` and `updatedAt` of everything it writes. */
  readonly startedAt: Date;
  /** The getter that is running; it may not assign. */
  readonly computing: ComputationScope;
  /** Whether nothing waits to be written and no flush is running. */
  readonly isQuiet: boolean;
  readonly isFlushing: boolean;
  /** @throws TransactionEndedError when the transaction, or the attempt this code belongs to, is over */
  check(): void;
  send(statement: Statement): Promise<StatementResult>;
  /** Whether what is sent now need not wait for a savepoint of another async chain. */
  readonly isMyTurn: boolean;
  /** Runs `work` at once, or after the savepoint of another async chain that runs. */
  atTurn<T>(work: () => Promise<T>): Promise<T>;
  /** Writes everything pending. */
  flush(): Promise<void>;
  /** Puts what is staged on these rows through `write`. */
  flushStaged(rows: readonly Row[]): Promise<void>;
  /** Flushes if anything pending could change what a query over these fields finds. */
  flushAffected(fields: () => Iterable<Field>): Promise<void>;
  /** Whether anything pending could change what a query over these fields finds. */
  concerns(fields: readonly Field[]): boolean;
  /** Finds the dependents of touched records that the cache could not name. */
  settleTouched(): Promise<void>;
  /** Runs the computations that these rows wait for. */
  recompute(computation: Computation, rows: readonly Row[]): Promise<void>;
}

/** The batch methods whose body this is, innermost first. */
interface Filling {
  readonly scope: ComputationScope;
  readonly computation: Computation;
  readonly around: Filling | undefined;
  /** False for what the method started and did not wait for, once it has returned. */
  isRunning: boolean;
}

interface UnitWithFilling extends RunningUnit {
  readonly filling?: Filling | undefined;
}

/** Which computations are running: getters may not assign, and a batch method's own fields are assigned directly. */
export class ComputationScope {
  #getter: Computation | null = null;

  get getter(): Computation | null {
    return this.#getter;
  }

  /** Runs a user's getter; assigning meanwhile is refused. */
  runGetter<T>(computation: Computation, run: () => T): T {
    const outer = this.#getter;
    this.#getter = computation;
    try {
      return run();
    } finally {
      this.#getter = outer;
    }
  }

  /** Runs a batch method; what it assigns to its own fields is the computed value and stages nothing. */
  async runBatch(computation: Computation, run: () => Promise<void>): Promise<void> {
    const running = runningUnit.getStore() ?? { unit: null, attempt: {}, savepoint: null };
    const filling: Filling = {
      scope: this,
      computation,
      around: (running as UnitWithFilling).filling,
      isRunning: true,
    };
    const inside: UnitWithFilling = { ...running, filling };
    try {
      await runningUnit.run(inside, run);
    } finally {
      filling.isRunning = false;
    }
  }

  /** Whether this is the body of the computation's method: what runs beside it while it waits assigns as ever. */
  isFilling(computation: Computation): boolean {
    let filling = (runningUnit.getStore() as UnitWithFilling | undefined)?.filling;
    for (; filling !== undefined; filling = filling.around) {
      if (filling.scope === this && filling.computation === computation) return filling.isRunning;
    }
    return false;
  }
}
