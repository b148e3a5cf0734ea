/** Gives short aliases, `t0`, `t1`…, each once. One object serves one statement: same shape, same names. */
export class Aliases {
  readonly #prefix: string;
  #count = 0;

  constructor(prefix = 't') {
    this.#prefix = prefix;
  }

  next(): string {
    return `${this.#prefix}${this.#count++}`;
  }
}
