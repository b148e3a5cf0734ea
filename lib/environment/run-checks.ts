import { RowFlag, hasFlag, rowId, type Row } from '../cache/row.js';
import { ValidationError } from '../errors/business-errors.js';
import type { ConstraintMethod } from '../model/composed-model.js';
import { loadRows } from '../model/load.js';
import { loadTree } from '../model/load-tree.js';
import { recordFor, setFor, GROUP } from '../model/record-state.js';
import type { TransactionState } from './transaction-state.js';

/**
 * Runs `@Constrains` methods once for each changed record, paths loaded, as superuser. All violations of a round are
 * reported together. A record that fails is looked at again by the next flush, so that an error caught in between cannot
 * commit what it was about.
 */
export async function runChecks(transaction: TransactionState): Promise<void> {
  const failed: { readonly constraint: ConstraintMethod; readonly row: Row; readonly error: ValidationError }[] = [];
  const { attempt } = transaction;
  const taken = await transaction.atTurn(async () => transaction.checks.take());
  try {
    for (const [constraint, rows] of taken) {
      for (const failure of await failuresOf(transaction, constraint, rows)) failed.push({ constraint, ...failure });
    }
  } catch (error) {
    if (transaction.attempt === attempt)
      for (const [constraint, rows] of taken) transaction.checks.add(constraint, rows);
    throw error;
  }
  if (failed.length === 0) return;
  for (const { constraint, row } of failed) transaction.checks.add(constraint, [row]);
  throw together(failed);
}

async function failuresOf(
  transaction: TransactionState,
  constraint: ConstraintMethod,
  given: readonly Row[],
): Promise<{ readonly row: Row; readonly error: ValidationError }[]> {
  const { model, method, paths } = constraint;
  const rows = given.filter((row) => !hasFlag(row, RowFlag.missing));
  const system = transaction.root!.asSystem();
  await loadRows(system, loadTree(model, paths), rows);
  const group = setFor(model, rows, { runtime: system })[GROUP];
  const failures: { readonly row: Row; readonly error: ValidationError }[] = [];
  for (const row of rows) {
    if (hasFlag(row, RowFlag.missing)) continue;
    const record = recordFor(model, row, { runtime: system, group }) as unknown as Record<string, () => unknown>;
    try {
      await record[method]!();
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
      failures.push({ row, error: withSubject(error, constraint, row) });
    }
  }
  return failures;
}

/** A check that says only what is wrong gets model, field and record added. */
function withSubject(error: ValidationError, { model, paths }: ConstraintMethod, row: Row): ValidationError {
  if (error.model !== undefined) return error;
  return new ValidationError(error.message, {
    model: model.name,
    field: paths[0]?.split('.')[0],
    ids: [rowId(row)],
    hint: error.hint,
    cause: error,
  });
}

function together(failed: readonly { readonly row: Row; readonly error: ValidationError }[]): ValidationError {
  const [first] = failed;
  if (failed.length === 1) return first!.error;
  const messages = [...new Set(failed.map(({ error }) => error.message))];
  const sameModel = failed.every(({ error }) => error.model === first!.error.model);
  return new ValidationError(messages.join('\n'), {
    model: sameModel ? first!.error.model : undefined,
    ids: sameModel ? [...new Set(failed.map(({ row }) => rowId(row)))] : undefined,
    cause: new AggregateError(failed.map(({ error }) => error)),
  });
}
