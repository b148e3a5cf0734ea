import { RegistryError } from './registry-error.js';

/** One thing in the database that is not as the models want it. */
export interface SchemaProblem {
  readonly table: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** The database differs from the models, and the schema may only be checked, not changed. */
export class SchemaDriftError extends RegistryError {
  readonly problems: readonly SchemaProblem[];

  constructor(problems: readonly SchemaProblem[]) {
    const lines = problems.map(
      ({ message, hint }, index) => `  ${index + 1}. ${message}${hint === undefined ? '' : ` ${hint}`}`,
    );
    const count = problems.length === 1 ? 'in one point' : `in ${problems.length} points`;
    super(`The database differs from the models ${count}:\n${lines.join('\n')}`, {
      hint: "Start once with `schema: 'sync'`, as a user that may change tables.",
    });
    this.problems = problems;
  }
}

/** A change of the schema was refused by the server; nothing of the sync was kept. `cause` is the server's error. */
export class SchemaChangeError extends RegistryError {
  readonly table: string;

  constructor(subject: {
    readonly table: string;
    readonly step: string;
    readonly hint?: string;
    readonly cause: unknown;
  }) {
    super(`The database refused to ${subject.step}.`, {
      hint: subject.hint ?? 'The cause says why; nothing was changed.',
      cause: subject.cause,
    });
    this.table = subject.table;
  }
}
