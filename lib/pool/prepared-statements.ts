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

/** Tags of commands after which plans no longer fit, or names are gone. */
const outdatingCommand = /^(?:ALTER|DROP|DEALLOCATE|DISCARD ALL)\b/;

/** Tags of commands after which a session may hold names that are not ours; `DO` and `CALL` may have made some inside. */
const namingCommands = new Set(['PREPARE', 'DO', 'CALL']);

/** Which statements one session knows by name. */
export class PreparedStatements {
  /** Whether statements are kept at all: behind a pooler the next one may reach another session. */
  readonly isOn: boolean;
  /** Text by name, longest unused first. */
  readonly #texts = new Map<string, string>();
  /** Names whose state on the server is not known: closed before they are parsed again, which is never an error. */
  readonly #doubtful = new Set<string>();
  #mayHoldOthers = false;

  constructor(use: 'on' | 'off') {
    this.isOn = use === 'on';
  }

  /** Whether SQL of others may have prepared statements under names of its own. */
  get mayHoldOthers(): boolean {
    return this.#mayHoldOthers;
  }

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

  /** Notes what somebody's SQL did, by the tag with which the server answered. */
  noteCommand(tag: string): void {
    if (namingCommands.has(tag)) this.#mayHoldOthers = true;
    else if (outdatingCommand.test(tag)) this.#doubtAll();
  }

  /** Which names are left, or still of use, is not known. */
  #doubtAll(): void {
    for (const name of this.#texts.keys()) this.#doubtful.add(name);
    this.#texts.clear();
  }

  /** The server has dropped them all. */
  clear(): void {
    this.#texts.clear();
    this.#doubtful.clear();
    this.#mayHoldOthers = false;
  }
}
