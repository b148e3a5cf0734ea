import type { ComposedModel, ModelLookup, NamedConstraint } from '../model/composed-model.js';
import type { StatementNames } from './statement-names.js';

/** What an environment needs of the registry above it. */
export interface RegistryModels extends ModelLookup {
  readonly statementNames: StatementNames;
  /** The model whose table it is; undefined: none of this registry. */
  findByTable(table: string): ComposedModel | undefined;
  /** A constraint by the name of its database object. */
  findConstraint(
    objectName: string,
  ): { readonly model: ComposedModel; readonly constraint: NamedConstraint } | undefined;
}
