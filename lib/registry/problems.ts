import { ModelDefinitionError, type DefinitionProblem } from '../errors/definition-errors.js';

/** Collects every wrong definition, so that a start reports them all at once. */
export class Problems {
  readonly #found: DefinitionProblem[] = [];

  add(problem: DefinitionProblem): void {
    const { model, field, message } = problem;
    const isKnown = this.#found.some(
      (other) => other.model === model && other.field === field && other.message === message,
    );
    if (!isKnown) this.#found.push(Object.freeze(problem));
  }

  /** Whether a field is among the problems: what follows from that would only repeat it. */
  concerns(model: string, field: string): boolean {
    return this.#found.some((problem) => problem.model === model && problem.field === field);
  }

  get isEmpty(): boolean {
    return this.#found.length === 0;
  }

  /** @throws ModelDefinitionError if there is any */
  throwIfAny(): void {
    if (this.#found.length > 0) throw new ModelDefinitionError(this.#found);
  }
}
