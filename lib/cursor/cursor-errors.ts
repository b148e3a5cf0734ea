import { ReadOnlyTransactionError } from '../errors/database-errors.js';
import { TransactionEndedError } from '../errors/use-errors.js';

/** For what comes after a cursor's end, or after its transaction's. */
export function closedError(): TransactionEndedError {
  return new TransactionEndedError('The transaction has ended: it was committed, rolled back or closed.', {
    hint: 'Await everything before the unit of work ends; open a new unit for later work.',
  });
}

export function readOnlyError(): ReadOnlyTransactionError {
  return new ReadOnlyTransactionError('A read-only transaction cannot write.', {
    hint: 'Open the unit of work without `readOnly`.',
  });
}
