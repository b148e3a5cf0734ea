import { didYouMean } from './nearest.js';
import { RegistryError, type ErrorSubject } from './registry-error.js';

/** A model name that the registry does not have. */
export class UnknownModelError extends RegistryError {
  constructor(subject: { readonly model: string; readonly known: Iterable<string> }) {
    super(`There is no model "${subject.model}".${didYouMean(subject.model, subject.known)}`, {
      model: subject.model,
      hint: 'List the model in `models`, in `RegistryModule.forFeature`, or in the providers of a module that is installed.',
    });
  }
}

/** A field name that the model does not have. */
export class UnknownFieldError extends RegistryError {
  constructor(subject: { readonly model: string; readonly field: string; readonly known: Iterable<string> }) {
    super(`Model "${subject.model}" has no field "${subject.field}".${didYouMean(subject.field, subject.known)}`, {
      model: subject.model,
      field: subject.field,
    });
  }
}

/** A field was read before it was loaded; the hint is the `load` call that mends it. */
export class FieldNotLoadedError extends RegistryError {}

/** A value that a field cannot hold: wrong type, too long, not one of the selection. HTTP 422 when a user sent it. */
export class FieldValueError extends RegistryError {}

/** A domain, an order or a path that cannot be understood; `place` points at the term. */
export class DomainError extends RegistryError {
  /** Where in the written domain, as indexes and keys: `[2, 0]` is the path of the third element. */
  readonly place: readonly (number | string)[];

  constructor(message: string, subject: ErrorSubject & { readonly place?: readonly (number | string)[] } = {}) {
    super(message, subject);
    this.place = subject.place ?? [];
  }
}

/** Exactly one record was needed and the recordset has none or several. */
export class ExpectedOneError extends RegistryError {
  constructor(subject: { readonly model: string; readonly field?: string; readonly ids: readonly number[] }) {
    const count = subject.ids.length;
    const what =
      subject.field === undefined
        ? 'exactly one record is needed'
        : `"${subject.field}" can be read on one record only`;
    super(`${subject.model}: ${what}, and this set has ${count === 0 ? 'none' : count}.`, {
      model: subject.model,
      field: subject.field,
      ids: subject.ids.slice(0, 20),
      hint: 'Iterate over the set, or take one record with `one()`, `first()` or `at(0)`.',
    });
  }
}

/** Something was asked of a transaction (or of an attempt of a unit of work) that is over. */
export class TransactionEndedError extends RegistryError {}

/** The package was used in a way that cannot work: a programmer's mistake, told with the way out. HTTP 500. */
export class UsageError extends RegistryError {}

/** What a client sent is malformed: not a domain, not a number, an unknown key. HTTP 400. */
export class BadInputError extends RegistryError {}
