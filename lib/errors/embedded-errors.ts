import { RegistryError, type ErrorSubject } from './registry-error.js';

/** The embedded PostgreSQL cannot be found, prepared, started or stopped. */
export class EmbeddedServerError extends RegistryError {
  /** The last lines that PostgreSQL itself wrote, oldest first; empty when it never ran. */
  readonly serverLog: readonly string[];

  constructor(message: string, subject: ErrorSubject & { readonly serverLog?: readonly string[] | undefined } = {}) {
    const said = subject.serverLog ?? [];
    super(said.length === 0 ? message : `${message} PostgreSQL said: ${said.join(' / ')}`, subject);
    this.serverLog = said;
  }
}
