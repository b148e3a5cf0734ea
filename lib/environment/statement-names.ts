import { createHash } from 'node:crypto';

/** So many texts are remembered before all are forgotten: what clients write as domains must not fill memory. */
const REMEMBERED = 4_000;
/** A session keeps at most so many prepared statements of ours. */
const NAMED = 500;

/**
 * Names statements that repeat, so that the server parses and plans them once a session. A text gets its name at its
 * second use; the name is made of the text and of a generation that changes with the schema.
 */
export class StatementNames {
  readonly #generation: string;
  readonly #names = new Map<string, string | null>();
  #named = 0;

  constructor(generation: string) {
    this.#generation = generation;
  }

  /** The name for a text; undefined: send it without one. */
  nameOf(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined && known !== null) return known;
    if (known === null && this.#named < NAMED) {
      const name = `nr_${createHash('sha1').update(this.#generation).update(text).digest('base64url').slice(0, 20)}`;
      this.#names.set(text, name);
      this.#named++;
      return name;
    }
    if (known === undefined) {
      if (this.#names.size >= REMEMBERED) this.#forgetUnnamed();
      this.#names.set(text, null);
    }
    return undefined;
  }

  #forgetUnnamed(): void {
    for (const [text, name] of this.#names) if (name === null) this.#names.delete(text);
  }
}
