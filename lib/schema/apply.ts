import { SchemaChangeError, SchemaDriftError } from '../errors/schema-errors.js';
import { UsageError } from '../errors/use-errors.js';
import { stillEmpty } from './diff-columns.js';
import type { SchemaNotice } from './difference.js';
import { planSchema, type SchemaPlan } from './plan-schema.js';
import type { SchemaExecutor } from './schema-executor.js';
import type { SchemaStep } from './schema-step.js';
import type { TableSpec } from './table-spec.js';
import { writeNotes } from './write-notes.js';

/** What becomes of the tables: made and widened, only compared (a difference stops the start), or not looked at. */
export type SchemaMode = 'sync' | 'check' | 'off';

export interface SyncOptions {
  readonly mode: SchemaMode;
  /** Told of each step before it is made. */
  readonly onStep?: (step: SchemaStep) => void;
}

/** What a sync did and what it saw. */
export interface SchemaReport {
  /** The steps that were made, in order. Empty: the database was as the models want it. */
  readonly steps: readonly SchemaStep[];
  /** What stays as it is, could not be done yet, or needs a person. */
  readonly notices: readonly SchemaNotice[];
  /** How many statements were sent. */
  readonly statements: number;
}

/** Two numbers that mean "the schema of this package" among the advisory locks of a database. */
const LOCK = [1_852_142_183, 1_935_894_125] as const;

/**
 * Makes the tables of the current schema what `specs` say, or checks that they are.
 *
 * Call it in a transaction at READ COMMITTED and commit afterwards: all steps are kept or none. When nothing differs it
 * takes no lock and sends one statement. Otherwise it works under an advisory lock of the database, held to the end of the
 * transaction, with `statement_timeout` off until then; of two processes that start together, the second finds nothing to
 * do. Nothing is ever dropped or narrowed that a model does not describe anew.
 *
 * @throws SchemaDriftError in mode `check`, listing every difference
 * @throws SchemaChangeError when the server refuses a step
 * @throws UsageError outside a transaction, or in one whose isolation hides what another process just did
 */
export async function syncSchema(
  executor: SchemaExecutor,
  specs: readonly TableSpec[],
  options: SyncOptions,
): Promise<SchemaReport> {
  if (options.mode === 'off' || specs.length === 0) return { steps: [], notices: [], statements: 0 };
  const counted = counting(executor);
  const first = await planSchema(counted, specs);
  if (options.mode === 'check') refuseDrift(first);
  if (options.mode === 'check' || (first.steps.length === 0 && first.unnoted === 0)) {
    return { steps: [], notices: first.notices, statements: counted.statements };
  }
  await lock(counted);
  const { steps, refused } = await prepare(counted, specs, options);
  const notices = await makeFit(counted, specs, { options, refused, steps });
  return { steps, notices, statements: counted.statements };
}

interface Work {
  readonly options: SyncOptions;
  /** Extensions that the server would not install. */
  readonly refused: ReadonlySet<string>;
  /** What was done so far; grows. */
  readonly steps: SchemaStep[];
}

/** Plans and works until nothing is left to do. Gives what is left to say. */
async function makeFit(
  executor: SchemaExecutor,
  specs: readonly TableSpec[],
  work: Work,
): Promise<readonly SchemaNotice[]> {
  const first = await applyPlan(executor, specs, work);
  // A column of another type changes how the definitions over it are printed, so they are compared once more.
  const widened = work.steps.some(({ kind }) => kind === 'widen-column');
  return widened ? applyPlan(executor, specs, work) : first;
}

async function applyPlan(
  executor: SchemaExecutor,
  specs: readonly TableSpec[],
  { options, refused, steps }: Work,
): Promise<readonly SchemaNotice[]> {
  const plan = await planSchema(executor, specs, refused);
  const done: SchemaStep[] = [];
  const notices = [...plan.notices];
  for (const step of plan.steps) {
    options.onStep?.(step);
    const warning = await applyStep(executor, step);
    if (warning === undefined) done.push(step);
    else notices.push(warning);
  }
  steps.push(...done);
  if (done.length > 0 || plan.unnoted > 0) notices.push(...(await settle(executor, specs, done)));
  return notices;
}

function refuseDrift({ steps, notices }: SchemaPlan): void {
  const problems = [
    // Rows that break a rule are no drift: the rule stands for all new ones. A replacement is one difference, not two.
    ...steps
      .filter(({ kind }) => kind !== 'validate-constraint' && kind !== 'drop-replaced')
      .map(({ table, description }) => ({ table, message: `A sync would ${description}.` })),
    ...notices.filter(({ level }) => level === 'drift').map(({ table, message, hint }) => ({ table, message, hint })),
  ];
  if (problems.length > 0) throw new SchemaDriftError(problems);
}

async function lock(executor: SchemaExecutor): Promise<void> {
  const [row] = await executor.execute(
    `SELECT current_setting('transaction_isolation') AS isolation, now() < statement_timestamp() AS inside,
            set_config('statement_timeout', '0', true)`,
  );
  if (row?.['inside'] !== true) {
    throw new UsageError('The schema can only be changed inside a transaction.', {
      hint: 'Begin one before `syncSchema` and commit it afterwards.',
    });
  }
  if (row['isolation'] !== 'read committed') {
    throw new UsageError(`The schema cannot be changed in a transaction at ${String(row['isolation'])}.`, {
      hint: 'Use READ COMMITTED: any other level hides what another process did while this one waited for the lock.',
    });
  }
  await executor.execute(`SELECT pg_advisory_xact_lock(${LOCK.join(', ')})`);
}

/**
 * Renames and extensions come first and alone: everything else is planned with the new names in place, and with the
 * knowledge of which extensions the server refused.
 */
async function prepare(
  executor: SchemaExecutor,
  specs: readonly TableSpec[],
  options: SyncOptions,
): Promise<{ readonly steps: SchemaStep[]; readonly refused: ReadonlySet<string> }> {
  const { steps } = await planSchema(executor, specs);
  const first = steps.filter(({ kind }) => kind.startsWith('rename-') || kind === 'create-extension');
  for (const step of first) {
    options.onStep?.(step);
    await applyStep(executor, step);
  }
  const extensions = first.flatMap(({ kind, object }) =>
    kind === 'create-extension' && object !== null ? [object] : [],
  );
  if (extensions.length === 0) return { steps: first, refused: new Set() };
  const rows = await executor.execute('SELECT extname AS name FROM pg_extension');
  const there = new Set(rows.map(({ name }) => name));
  const refused = new Set(extensions.filter((name) => !there.has(name)));
  const made = first.filter(({ kind, object }) => kind !== 'create-extension' || !refused.has(object ?? ''));
  return { steps: made, refused };
}

/** Makes one step. Gives a warning instead when rows stand in its way. */
async function applyStep(executor: SchemaExecutor, step: SchemaStep): Promise<SchemaNotice | undefined> {
  const last = step.sql.length - 1;
  try {
    for (const [index, statement] of step.sql.entries()) {
      if (index === last && step.onlyWhenNone !== undefined) {
        const [row] = await executor.execute(step.onlyWhenNone.query);
        const rows = Number(row?.['n'] ?? 0);
        if (rows > 0) {
          return { level: 'warning', table: step.table, ...stillEmpty(step.table, step.onlyWhenNone.column, rows) };
        }
      }
      await executor.execute(statement);
    }
  } catch (cause) {
    throw new SchemaChangeError({ table: step.table, step: step.description, cause });
  }
  return undefined;
}

async function settle(
  executor: SchemaExecutor,
  specs: readonly TableSpec[],
  steps: readonly SchemaStep[],
): Promise<readonly SchemaNotice[]> {
  const broken = await writeNotes(executor, specs, steps);
  return broken.map(({ table, name }) => ({
    level: 'warning',
    table,
    message: `"${name}" of "${table}" holds for new rows, but some old ones break it.`,
    hint: 'Mend those rows; the next start checks them again.',
  }));
}

function counting(executor: SchemaExecutor): SchemaExecutor & { readonly statements: number } {
  let statements = 0;
  return {
    get statements() {
      return statements;
    },
    execute(text, values) {
      statements += 1;
      return values === undefined ? executor.execute(text) : executor.execute(text, values);
    },
  };
}
