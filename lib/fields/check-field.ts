import type { DefinitionProblem } from '../errors/definition-errors.js';
import { didYouMean } from '../errors/nearest.js';
import { RegistryError } from '../errors/registry-error.js';
import { MAX_NAME_BYTES, isFittingName } from '../schema/fit-name.js';
import { describeValue } from './describe-value.js';
import type { Field } from './field.js';
import type { FieldDeclaration } from './field-declaration.js';
import { optionsOfKind, ruleOf } from './field-option-rules.js';
import { reservedNameReason } from './reserved-names.js';

type Complaint = readonly [message: string, hint: string];

/**
 * Everything that is wrong with the definition of one field by itself; what it says about other models is checked where
 * they are known.
 *
 * @param field made by `createField` from `declaration`
 */
export function checkField(field: Field, declaration: FieldDeclaration): DefinitionProblem[] {
  const complaints = [
    ...complaintsOfName(field),
    ...complaintsOfOptions(declaration),
    ...complaintsOfComputation(field, declaration),
    ...complaintsOfKind(field, declaration),
    ...complaintsOfColumn(field),
    ...complaintsOfDefault(field),
  ];
  return complaints.map(([message, hint]) => ({
    model: field.model,
    field: field.name,
    module: field.module,
    message,
    hint,
  }));
}

function* complaintsOfName({ name }: Field): Iterable<Complaint> {
  const reason = reservedNameReason(name);
  if (reason === null) return;
  const proposal = name === 'length' ? 'extent' : `${name}Value`;
  yield [
    `A field may not be called "${name}": ${reason}.`,
    `Call it "${proposal}", say; \`column: '${name}'\` keeps the column's name.`,
  ];
}

function* complaintsOfOptions({ kind, options }: FieldDeclaration): Iterable<Complaint> {
  const known = optionsOfKind(kind);
  for (const [name, value] of Object.entries(options)) {
    if (!known.includes(name)) {
      const elsewhere = ruleOf(name) !== undefined ? ` A field of kind ${kind} does not take it.` : '';
      yield [
        `There is no option "${name}" here.${elsewhere}${didYouMean(name, known)}`,
        `It takes ${known.join(', ')}.`,
      ];
      continue;
    }
    if (value === null) continue;
    const rule = ruleOf(name);
    if (rule === null) {
      if (value !== false) yield [`The option "${name}" is not available in this version.`, 'Leave it out.'];
      continue;
    }
    if (rule !== undefined && !rule[1](value)) {
      yield [`The option "${name}" is ${describeValue(value)}.`, `It must be ${rule[0]}.`];
    }
  }
}

function* complaintsOfComputation(field: Field, { getter, setter, options }: FieldDeclaration): Iterable<Complaint> {
  const ways = [
    ...(getter ? ['a getter'] : []),
    ...(field.compute === null ? [] : ['`compute`']),
    ...(field.related === null ? [] : ['`related`']),
  ];
  if (ways.length > 1) yield [`The field has both ${ways.join(' and ')}.`, 'Keep one of them.'];
  if (field.related !== null && !field.readonly) {
    yield ['A related field cannot be written in this version.', 'Write the field that it shows.'];
  }
  if (setter) {
    yield ['A computed field cannot have a setter in this version.', 'Write the fields that it is computed from.'];
  }
  if (!field.isComputed && options['store'] === false) {
    yield [
      'A field that is not computed cannot do without a column.',
      'Leave `store` out, or write a getter or `compute`.',
    ];
  }
  if (isToMany(field) && field.isComputed) {
    yield [
      'A relation to several records cannot be computed in this version.',
      'Write a method that gives the records.',
    ];
  }
  if (field.isComputed && field.hasDefault && field.readonly) {
    yield [
      'A computed field that cannot be written has no use for a default.',
      'Leave out `default`, or add `readonly: false`.',
    ];
  }
}

function* complaintsOfKind(
  field: Field,
  { kind, options, selection, inverse, target }: FieldDeclaration,
): Iterable<Complaint> {
  if (kind === 'selection') {
    const entries = Object.entries(selection ?? {});
    if (entries.length === 0) yield ['The selection has no values.', "Give at least one: { draft: 'Draft' }."];
    const wrong = entries.find(([value, label]) => value === '' || typeof label !== 'string');
    if (wrong !== undefined) {
      yield [
        `The selection value ${JSON.stringify(wrong[0])} needs a name and a label.`,
        'Values and labels are texts.',
      ];
    }
  }
  if (kind === 'many2one' && field.required && options['onDelete'] === 'set null') {
    yield [
      'A required relation cannot be unset when the other record is deleted.',
      "Use onDelete 'restrict' or 'cascade'.",
    ];
  }
  if (kind === 'one2many' && !isText(inverse)) {
    yield [
      'A one2many needs the name of the many2one that points back.',
      "Write fields.One2many(() => Line, 'order').",
    ];
  }
  if ((kind === 'many2one' || isToMany(field)) && typeof target !== 'function') {
    yield ['The relation does not say where it leads.', 'Write the model as a function: `() => Country`.'];
  }
}

function* complaintsOfColumn(field: Field): Iterable<Complaint> {
  const { column } = field;
  if (column === null) {
    if (field.unique || (!isToMany(field) && field.required)) {
      yield [
        'A field without a column can be neither required nor unique.',
        'Add `store: true`, or leave the option out.',
      ];
    }
    return;
  }
  if (!isFittingName(column)) {
    yield [
      `PostgreSQL cannot hold the column name "${column}": a name has 1 to ${MAX_NAME_BYTES} bytes.`,
      'Give a shorter name with `column`.',
    ];
  }
  if (field.index === 'trigram' && field.columnType !== 'text') {
    yield ['A trigram index is for text alone.', 'Use `index: true`.'];
  }
  if ((field.columnType === 'jsonb' || field.columnType === 'bytea') && field.unique) {
    yield [`A field of kind ${field.kind} cannot be unique.`, 'Keep what tells records apart in a field of its own.'];
  }
}

function* complaintsOfDefault(field: Field): Iterable<Complaint> {
  const given = field.constantDefault;
  if (given === null) return;
  try {
    field.convert(given);
  } catch (error) {
    // A schema is the application's own code and may fail in any way.
    const reason = error instanceof Error ? error.message : describeValue(error);
    const hint = error instanceof RegistryError ? error.hint : undefined;
    yield [`The default does not fit: ${reason}`, hint ?? 'Give a value that the field can hold.'];
  }
}

function isToMany({ kind }: Field): boolean {
  return kind === 'one2many' || kind === 'many2many';
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
