import { ModelDefinitionError, type DefinitionProblem } from '../errors/definition-errors.js';

/** Collects every wrong definition, so that a start reports them all at once. */
export class Problems {
  readonly #found: DefinitionProblem[] = [];
  readonly #refused = new Set<string>();

  add(problem: DefinitionProblem): void {
    const { model, field, message } = problem;
    const isKnown = this.#found.some(
      (other) => other.model === model && other.field === field && other.message === message,
    );
    if (!isKnown) this.#found.push(Object.freeze(problem));
  }

  /** Notes that a model could not be taken in: that others do not find it is no mistake of theirs. */
  refuse(model: string): void {
    this.#refused.add(model);
  }

  isRefused(model: string): boolean {
    return this.#refused.has(model);
  }

  /** Whether a field is among the problems: what follows from that would only repeat it. */
  concerns(model: string, field: string): boolean {
    return this.#found.some((problem) => problem.model === model && problem.field === field);
  }

  /** @throws ModelDefinitionError if there is any; the problems are in order of model and field */
  throwIfAny(): void {
    if (this.#found.length === 0) return;
    throw new ModelDefinitionError(
      [...this.#found].sort((a, b) => inOrder(a.model, b.model) || inOrder(a.field ?? '', b.field ?? '')),
    );
  }
}

function inOrder(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
