import { answerKey } from './difference.js';
import type { Answers, Diff, Difference, PrintedObject, PrintQuestion, SchemaNotice } from './difference.js';
import type { DatabaseState, TableState } from './introspect.js';
import { isNoted } from './note.js';
import type { TableSpec } from './table-spec.js';

/** Gathers what one comparison finds, and knows what was already asked of the server. */
export class DiffCollector {
  readonly #differences: Difference[] = [];
  readonly #notices: SchemaNotice[] = [];
  readonly #prints: PrintQuestion[] = [];
  readonly #nullRows: { table: string; column: string }[] = [];
  readonly #extensions = new Set<string>();
  readonly #planned = new Set<string>();

  constructor(
    readonly state: DatabaseState,
    readonly answers: Answers,
  ) {}

  add(difference: Difference): void {
    this.#differences.push(difference);
  }

  notice(level: SchemaNotice['level'], table: TableSpec, text: { message: string; hint?: string }): void {
    this.#notices.push({ level, table: table.name, ...text });
  }

  /** Rows whose `column` is empty; undefined: must be asked first. */
  nullRows(table: string, column: string): number | undefined {
    const known = this.answers.nullRows.get(answerKey(table, column));
    if (known === undefined) this.#nullRows.push({ table, column });
    return known;
  }

  /**
   * Whether what the server has is what we defined. Without a matching note that is asked of the server; until it has
   * answered the two count as equal.
   */
  isSame(
    table: TableSpec,
    object: PrintedObject,
    compared: { readonly definition: string; readonly printed: string; readonly comment: string | null },
  ): boolean {
    const { definition, printed, comment } = compared;
    if (isNoted(comment, definition, printed)) return true;
    const key = answerKey(table.name, object.type, object.name);
    const print = this.answers.prints.get(key);
    if (print === undefined) {
      this.#prints.push({ key, table: table.name, object, definition, printed });
      return true;
    }
    if (print !== printed) return false;
    this.add({ kind: 'note', table, object, definition, printed, comment });
    return true;
  }

  /** Whether `extension` is there or, if it can be, will be made; if neither, a warning says what is missing because of it. */
  canUse(extension: string | null, table: TableSpec, without: string): boolean {
    if (extension === null || this.state.extensions.has(extension)) return true;
    const creatable = this.answers.creatable.get(extension);
    if (creatable === undefined) {
      this.#extensions.add(extension);
      return true;
    }
    if (creatable) {
      if (!this.#planned.has(extension)) this.add({ kind: 'create-extension', table, extension });
      this.#planned.add(extension);
      return true;
    }
    this.notice('warning', table, {
      message: `${without} is missing, because the extension ${extension} is not installed in this database.`,
      hint: `Let an administrator run CREATE EXTENSION ${extension}; the next start makes up for it.`,
    });
    return false;
  }

  /** What stands under `name` on the table, among constraints and indexes. */
  occupant(actual: TableState | undefined, name: string): 'constraint' | 'index' | null {
    if (actual?.constraints.some((constraint) => constraint.name === name) === true) return 'constraint';
    return actual?.indexes.some((index) => index.name === name) === true ? 'index' : null;
  }

  finish(): Diff {
    return {
      differences: this.#differences,
      notices: this.#notices,
      questions: { prints: this.#prints, nullRows: this.#nullRows, extensions: [...this.#extensions] },
    };
  }
}
