/** What an error is about, as far as it is known where it was raised. */
export interface ErrorSubject {
  /** What to do about it: one sentence for the developer who reads the log. */
  readonly hint?: string | undefined;
  /** Name of the model, such as `res.partner`. */
  readonly model?: string | undefined;
  /** Name of the field on that model. */
  readonly field?: string | undefined;
  /** Ids of the records concerned. */
  readonly ids?: readonly number[] | undefined;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/**
 * Base of every error this package throws.
 *
 * `code` is the class name without `Error` in UPPER_SNAKE (`FieldValueError` → `FIELD_VALUE`): stable, so programs may
 * compare it. The message says what happened and to what; `hint` says what to do. Neither ever holds a password,
 * a connection string or SQL text.
 */
export class RegistryError extends Error {
  readonly code: string;
  declare readonly hint?: string;
  declare readonly model?: string;
  declare readonly field?: string;
  declare readonly ids?: readonly number[];

  constructor(message: string, subject: ErrorSubject = {}) {
    super(message, subject.cause === undefined ? undefined : { cause: subject.cause });
    this.name = new.target.name;
    this.code = codeOf(new.target.name);
    // Only what is known becomes a property: `error.ids` of a pool error is absent, not an undefined key in its JSON.
    if (subject.hint !== undefined) this.hint = subject.hint;
    if (subject.model !== undefined) this.model = subject.model;
    if (subject.field !== undefined) this.field = subject.field;
    if (subject.ids !== undefined) this.ids = subject.ids;
  }
}

function codeOf(className: string): string {
  return className
    .replace(/Error$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase();
}
