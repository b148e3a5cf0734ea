import { createHash } from 'node:crypto';
import { UnknownModelError } from '../errors/use-errors.js';
import { StatementNames } from '../environment/statement-names.js';
import type { RegistryModels } from '../environment/registry-models.js';
import type { NamedConstraint } from '../model/composed-model.js';
import { SearchPlans } from '../model/search-plans.js';
import { check } from './check.js';
import { collect } from './collect.js';
import { compose } from './compose.js';
import { nameConstraints } from './constraints.js';
import { dependencyGraph } from './dependency-graph.js';
import { linearise } from './linearise.js';
import { linkRelations } from './link-relations.js';
import { ModelDraft } from './model-draft.js';
import { checkObjectNames } from './object-names.js';
import { Problems } from './problems.js';
import { checkRelated } from './related.js';
import { addAccessors, setUpFields } from './set-up-fields.js';

/**
 * Composes the models of a registry, stage by stage. Every stage goes on after a wrong definition, so that all are
 * reported together; nothing outside of the result is changed.
 * @throws ModelDefinitionError
 */
export function buildModels(sources: readonly unknown[]): BuiltModels {
  const problems = new Problems();
  const lines = linearise(collect(sources, problems), problems);
  const drafts = new Map(lines.map((line, index) => [line.model, new ModelDraft(line, index)]));
  for (const draft of drafts.values()) compose(draft, problems);
  const declarations = new Map([...drafts.values()].map((draft) => [draft, setUpFields(draft, problems)]));
  linkRelations(drafts, declarations, problems);
  dependencyGraph(drafts, problems);
  for (const draft of drafts.values()) checkRelated(draft, problems);
  for (const draft of drafts.values()) nameConstraints(draft, problems);
  checkObjectNames(drafts, problems);
  for (const draft of drafts.values()) check(draft, problems);
  problems.throwIfAny();
  for (const draft of drafts.values()) addAccessors(draft);
  return new BuiltModels(drafts);
}

/** The composed models of a registry, found by name, table and constraint. */
export class BuiltModels implements RegistryModels {
  readonly byName: ReadonlyMap<string, ModelDraft>;
  readonly all: readonly ModelDraft[];
  readonly statementNames: StatementNames;
  readonly searchPlans = new SearchPlans();
  readonly #byTable: ReadonlyMap<string, ModelDraft>;
  readonly #constraints: ReadonlyMap<string, { readonly model: ModelDraft; readonly constraint: NamedConstraint }>;

  constructor(drafts: ReadonlyMap<string, ModelDraft>) {
    this.byName = drafts;
    this.all = [...drafts.values()];
    this.#byTable = new Map(this.all.map((model) => [model.table, model]));
    this.#constraints = new Map(
      this.all.flatMap((model) =>
        model.constraintOptions.map((constraint) => [constraint.objectName, { model, constraint }]),
      ),
    );
    this.statementNames = new StatementNames(generationOf(this.all));
  }

  get(name: string): ModelDraft {
    const model = this.byName.get(name);
    if (model === undefined) throw new UnknownModelError({ model: name, known: this.byName.keys() });
    return model;
  }

  find(name: string): ModelDraft | undefined {
    return this.byName.get(name);
  }

  findByTable(table: string): ModelDraft | undefined {
    return this.#byTable.get(table);
  }

  findConstraint(objectName: string): { readonly model: ModelDraft; readonly constraint: NamedConstraint } | undefined {
    return this.#constraints.get(objectName);
  }
}

/** Changes with the columns of any model: statements prepared for other columns then have other names. */
function generationOf(models: readonly ModelDraft[]): string {
  const hash = createHash('sha1');
  for (const { table, stored } of models)
    hash.update(JSON.stringify([table, stored.map(({ column, ddlType }) => [column, ddlType])]));
  return hash.digest('base64url').slice(0, 8);
}
