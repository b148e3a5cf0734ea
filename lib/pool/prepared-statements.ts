/** What has to be sent so that a named statement can be bound. */
export interface Preparation {
  /** Whether its text has to be parsed under the name. */
  readonly parse: boolean;
  /** Names to close first. */
  readonly close: readonly string[];
}

const nothing: readonly string[] = [];
const ready: Preparation = { parse: false, close: nothing };

/** Statements a session keeps; each costs the server some memory, so the longest unused one goes. */
const keptStatements = 500;

/** Which statements one session knows by name. */
export class PreparedStatements {
  /** Text by name, longest unused first. */
  readonly #texts = new Map<string, string>();
  /** Names whose state on the server is not known: closed before they are parsed again, which is never an error. */
  readonly #doubtful = new Set<string>();

  /** Notes that the statement is sent now, and says what must go before it. */
  use(name: string, text: string): Preparation {
    const known = this.#texts.get(name);
    if (known === text) {
      this.#texts.delete(name);
      this.#texts.set(name, text);
      return ready;
    }
    const close: string[] = [];
    if (known !== undefined || this.#doubtful.delete(name)) close.push(name);
    this.#texts.set(name, text);
    if (this.#texts.size > keptStatements) {
      const [oldest] = this.#texts.keys();
      if (oldest !== undefined && this.#texts.delete(oldest)) close.push(oldest);
    }
    return { parse: true, close };
  }

  /** The next use parses anew. */
  forget(name: string): void {
    this.#texts.delete(name);
    this.#doubtful.add(name);
  }

  /** Somebody's SQL dropped statements: which are left is not known. */
  doubtAll(): void {
    for (const name of this.#texts.keys()) this.#doubtful.add(name);
    this.#texts.clear();
  }

  /** The server has dropped them all. */
  clear(): void {
    this.#texts.clear();
    this.#doubtful.clear();
  }
}
