import { didYouMean } from '../errors/nearest.js';
import type { ConstraintOption } from '../model/model-definition.js';
import { fitName } from '../schema/fit-name.js';
import type { ModelDraft } from './model-draft.js';
import type { Problems } from './problems.js';

/** The sixth stage: names the database objects of each model's constraints, by which violations are recognised. */
export function nameConstraints(draft: ModelDraft, problems: Problems): void {
  for (const field of draft.stored) {
    if (field.unique) add(draft, { kind: 'unique', fields: [field.name] }, problems);
    if (field.columnCheck !== null) {
      const objectName = fitName(`${draft.table}_${field.column}_${field.columnCheck.name}`);
      draft.constraintOptions.push({
        kind: 'check',
        fields: [field.name],
        sql: field.columnCheck.expression,
        objectName,
      });
    }
  }
  for (const option of draft.options.constraints ?? []) add(draft, option, problems);
}

function add(draft: ModelDraft, option: ConstraintOption, problems: Problems): void {
  const columns = columnsOf(draft, option, problems);
  if (columns === undefined) return;
  const objectName = fitName(`${draft.table}_${option.name ?? generatedName(draft, option, columns)}`);
  draft.constraintOptions.push({ ...option, objectName });
}

function columnsOf(draft: ModelDraft, { fields = [] }: ConstraintOption, problems: Problems): string[] | undefined {
  const columns: string[] = [];
  for (const name of fields) {
    const field = draft.fields.get(name);
    if (field?.column == null) {
      problems.add({
        model: draft.name,
        field: name,
        module: draft.module,
        message:
          field === undefined
            ? `A constraint names a field that does not exist.${didYouMean(name, draft.fields.keys())}`
            : 'A constraint names a field without a column.',
        hint: 'Constraints are over fields with a column.',
      });
      return undefined;
    }
    columns.push(field.column);
  }
  return columns;
}

const SUFFIX = { unique: 'key', index: 'idx', check: 'check', exclude: 'excl' } as const;

function generatedName(draft: ModelDraft, { kind }: ConstraintOption, columns: readonly string[]): string {
  if (columns.length > 0) return `${columns.join('_')}_${SUFFIX[kind]}`;
  const number =
    draft.constraintOptions.filter((other) => other.kind === kind && other.fields === undefined).length + 1;
  return number === 1 ? SUFFIX[kind] : `${SUFFIX[kind]}${number}`;
}
