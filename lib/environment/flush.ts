import type { Row } from '../cache/row.js';
import { runningUnit } from '../cursor/running-unit.js';
import { UsageError } from '../errors/use-errors.js';
import type { Field } from '../fields/field.js';
import { many2manyOf } from '../model/relations.js';
import { recomputeAll } from './recompute.js';
import { runChecks } from './run-checks.js';
import { assertComplete, sendDirty, sendLinks } from './send-changes.js';
import { settleTouched } from './settle-touched.js';
import type { TransactionState } from './transaction-state.js';
import { writeStaged } from './write-staged.js';
import { ownEntries } from '../util/no-entries.js';

/** What computes and writes may compute and write again; more rounds than this never end. */
const MAX_ROUNDS = 100;

/** Writes everything pending, in rounds until nothing is. Inside a flush only what has passed `write` is sent. */
export async function flushAll(transaction: TransactionState): Promise<void> {
  if (isInsideFlush(transaction)) {
    await sendWritten(transaction);
    return;
  }
  await othersDone(transaction);
  if (transaction.hasPending) await exclusively(transaction, () => flushRounds(transaction));
}

/** Puts what is staged on these rows through `write`, so that a direct `write` after it is the later one. */
export async function flushStagedRows(transaction: TransactionState, rows: readonly Row[]): Promise<void> {
  if (isInsideFlush(transaction)) return;
  const staged = rows.filter((row) => transaction.staged.get(row) !== undefined);
  if (staged.length === 0) return;
  await othersDone(transaction);
  await exclusively(transaction, () => writeStaged(transaction, staged));
}

/** Flushes if something pending could change what a query over these fields finds. */
export async function flushAffected(transaction: TransactionState, fields: Iterable<Field>): Promise<void> {
  if (isInsideFlush(transaction)) await sendWritten(transaction);
  else {
    await othersDone(transaction);
    if (concerns(transaction, [...fields])) await flushAll(transaction);
  }
  // Rows that the query brings may depend on what was touched, and their computed values be old.
  if (!transaction.touched.isEmpty) await settleTouched(transaction);
}

async function flushRounds(transaction: TransactionState): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (!transaction.staged.isEmpty) await writeStaged(transaction);
    if (!transaction.touched.isEmpty) await settleTouched(transaction);
    if (!transaction.queue.isEmpty) await recomputeAll(transaction);
    if (!transaction.staged.isEmpty || !transaction.touched.isEmpty) continue;
    assertComplete(transaction);
    await sendWritten(transaction);
    if (!transaction.checks.isEmpty) await runChecks(transaction);
    if (!transaction.hasPending) return;
  }
  throw endless(transaction);
}

async function sendWritten(transaction: TransactionState): Promise<void> {
  await Promise.all([sendDirty(transaction), sendLinks(transaction)]);
}

function endless(transaction: TransactionState): UsageError {
  const computations = [...transaction.queue.computations()].flatMap(({ fields }) => fields);
  const staged = [...transaction.staged.entries()].flatMap(([, { owner, values }]) =>
    [...values.keys()].map((slot) => owner.model.fieldBySlot[slot]!),
  );
  const names = [...new Set([...computations, ...staged].map((field) => `${field.model}.${field.name}`))];
  return new UsageError(
    `A flush did not come to an end after ${MAX_ROUNDS} rounds: ${names.join(', ')} keep changing.`,
    {
      hint: 'Look for an override of write, or a computation, that assigns what it reacts to.',
    },
  );
}

/**
 * Runs one flush at a time; others wait for it, except the code that it calls itself. A savepoint has flushes of its
 * own: one from around it may be waiting for the savepoint to end, and must not be waited for inside.
 */
async function exclusively(transaction: TransactionState, work: () => Promise<void>): Promise<void> {
  const running = runningUnit.getStore() ?? { unit: null, attempt: transaction.attempt, savepoint: null };
  const { savepoint } = running;
  const token = {};
  let finish!: () => void;
  const done = new Promise<void>((resolve) => (finish = resolve));
  transaction.flushes = ownEntries(transaction.flushes).set(savepoint, { token, done });
  try {
    await runningUnit.run({ ...running, flush: token }, work);
  } finally {
    if (transaction.flushes.get(savepoint)?.token === token) transaction.flushes.delete(savepoint);
    finish();
  }
}

/** Waits until no other flush of the same savepoint runs. */
async function othersDone({ flushes }: TransactionState): Promise<void> {
  const savepoint = runningUnit.getStore()?.savepoint ?? null;
  for (let other = flushes.get(savepoint); other !== undefined; other = flushes.get(savepoint)) await other.done;
}

function isInsideFlush({ flushes }: TransactionState): boolean {
  const own = runningUnit.getStore()?.flush;
  if (own === undefined) return false;
  for (const { token } of flushes.values()) if (token === own) return true;
  return false;
}

/** Whether anything pending concerns the fields, directly or as an input of a computed one. */
export function concerns(transaction: TransactionState, fields: readonly Field[]): boolean {
  const { staged, dirty, queue, touched, links } = transaction;
  if (fields.some((field) => field.isComputed) && !(queue.isEmpty && touched.isEmpty && staged.isEmpty)) return true;
  const wanted = new Set(fields);
  for (const [, { owner, values }] of staged.entries()) {
    for (const slot of values.keys()) {
      const field = owner.model.fieldBySlot[slot]!;
      if (wanted.has(field) || feeds(field, fields)) return true;
    }
  }
  return fields.some((field) => {
    if (field.relation?.kind === 'many2many') return links.has(many2manyOf(field).table);
    return dirty.touches(transaction.models.get(field.model), new Set([field.slot]));
  });
}

/** Whether a staged list ends in one of the fields: lines are written through their many2one, links from either side. */
function feeds(staged: Field, fields: readonly Field[]): boolean {
  const { relation } = staged;
  if (relation === null || relation.kind === 'many2one') return false;
  return fields.some((field) => {
    if (field.model === relation.target.name) return true;
    return (
      relation.kind === 'many2many' && field.relation?.kind === 'many2many' && field.relation.table === relation.table
    );
  });
}
