import { didYouMean } from '../errors/nearest.js';
import { describeValue } from '../fields/describe-value.js';
import type { ConstraintOption, ModelOptions } from '../model/model-definition.js';
import { isFittingName } from '../schema/fit-name.js';
import type { Problems } from './problems.js';

type Rule = readonly [expected: string, holds: (value: unknown) => boolean];

const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';

const RULES: Readonly<Record<keyof ModelOptions, Rule>> = {
  table: ['the name of a table, of 1 to 63 bytes', (value) => typeof value === 'string' && isFittingName(value)],
  order: ["fields with their directions: 'country, name desc'", isText],
  displayName: ['the name of a field or of a getter', isText],
  log: ['true or false', (value) => typeof value === 'boolean'],
  description: ['a text', isText],
  constraints: ['a list of what unique(), check(), exclude() and index() give', Array.isArray],
  activeField: ['the name of a boolean field, or null', isText],
};
const OF_LATER_VERSIONS: readonly string[] = ['abstract', 'delegates', 'transient'];

/** Where options are written, for complaints. */
interface Place {
  readonly model: string;
  readonly module: string;
}

/** The well-formed ones among a layer's options; the others are problems. */
export function checkedOptions(given: ModelOptions, place: Place, problems: Problems): ModelOptions {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const complaint = complaintOf(name, value);
    if (complaint !== null) problems.add({ ...place, ...complaint });
    else if (name === 'constraints' && Array.isArray(value)) {
      kept[name] = value.filter((option) => isWellFormed(option, place, problems));
    } else kept[name] = value;
  }
  return kept;
}

function complaintOf(name: string, value: unknown): { readonly message: string; readonly hint: string } | null {
  const names = Object.keys(RULES);
  if (!Object.hasOwn(RULES, name)) {
    if (!OF_LATER_VERSIONS.includes(name)) {
      return {
        message: `There is no option "${name}".${didYouMean(name, names)}`,
        hint: `A model takes ${names.join(', ')}.`,
      };
    }
    if (value === false || value === null || value === undefined) return null;
    return { message: `The option "${name}" is not available in this version.`, hint: 'Leave it out.' };
  }
  if (value === null || value === undefined) return null;
  const [expected, holds] = RULES[name as keyof ModelOptions];
  if (holds(value)) return null;
  return { message: `The option "${name}" is ${describeValue(value)}.`, hint: `It must be ${expected}.` };
}

function isWellFormed(option: unknown, place: Place, problems: Problems): option is ConstraintOption {
  const reason = malformation(option);
  if (reason === null) return true;
  problems.add({
    ...place,
    message: `A constraint ${reason}.`,
    hint: 'Write it with unique(), check(), exclude() or index().',
  });
  return false;
}

/** What is wrong with one constraint by itself; null: nothing. */
function malformation(option: unknown): string | null {
  if (typeof option !== 'object' || option === null || !('kind' in option)) return `is ${describeValue(option)}`;
  const { kind, fields, sql, message, name } = option as Readonly<Record<keyof ConstraintOption, unknown>>;
  if (message !== undefined && !isText(message)) return `has the message ${describeValue(message)}, which is no text`;
  if (name !== undefined && !isText(name)) return `has the name ${describeValue(name)}, which is no text`;
  if (kind === 'check' || kind === 'exclude')
    return isText(sql) ? null : `of kind ${kind} has no SQL, but ${describeValue(sql)}`;
  if (kind !== 'unique' && kind !== 'index') return `is of kind ${describeValue(kind)}`;
  if (!Array.isArray(fields) || fields.length === 0 || !fields.every(isText)) return `of kind ${kind} names no fields`;
  return new Set(fields).size === fields.length ? null : `of kind ${kind} names a field twice`;
}
