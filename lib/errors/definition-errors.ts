import { RegistryError } from './registry-error.js';

/** One wrong definition: where it is, what is wrong, what to do. */
export interface DefinitionProblem {
  readonly model: string;
  readonly field?: string | undefined;
  /** The module whose definition is wrong. */
  readonly module: string;
  readonly message: string;
  readonly hint: string;
}

/** Every wrong definition of a registry, collected before it is thrown once at start-up. */
export class ModelDefinitionError extends RegistryError {
  readonly problems: readonly DefinitionProblem[];

  constructor(problems: readonly DefinitionProblem[]) {
    const lines = problems.map(({ model, field, module, message, hint }, index) => {
      const place = field === undefined ? model : `${model}.${field}`;
      return `  ${index + 1}. ${place} (module ${module}): ${message} ${hint}`;
    });
    const count =
      problems.length === 1 ? 'One model definition is wrong' : `${problems.length} model definitions are wrong`;
    super(`${count}:\n${lines.join('\n')}`, { model: problems[0]?.model, field: problems[0]?.field });
    this.problems = problems;
  }
}
