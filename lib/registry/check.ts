import { didYouMean } from '../errors/nearest.js';
import { RegistryError } from '../errors/registry-error.js';
import { parseWrittenOrder } from '../domain/order.js';
import type { AnyClass } from '../model/any-class.js';
import type { ModelOptions } from '../model/model-definition.js';
import type { ModelDraft } from './model-draft.js';
import type { Problems } from './problems.js';

const OPTIONS: readonly (keyof ModelOptions)[] = [
  'table',
  'order',
  'displayName',
  'log',
  'description',
  'constraints',
  'activeField',
];
const OF_LATER_VERSIONS = ['abstract', 'delegates', 'transient'];

/** The last stage: what can only be judged when every model is complete. */
export function check(draft: ModelDraft, problems: Problems): void {
  checkOptions(draft, problems);
  checkOrder(draft, problems);
  checkDisplayName(draft, problems);
  for (const { definition, module } of draft.source.layers)
    checkClass(draft, { target: definition.target, module }, problems);
}

function checkOptions(draft: ModelDraft, problems: Problems): void {
  for (const { definition, module } of draft.source.layers) {
    for (const name of Object.keys(definition.options)) {
      if ((OPTIONS as readonly string[]).includes(name)) continue;
      const isLater = OF_LATER_VERSIONS.includes(name);
      problems.add({
        model: draft.name,
        module,
        message: isLater
          ? `The option "${name}" is not available in this version.`
          : `There is no option "${name}".${didYouMean(name, OPTIONS)}`,
        hint: `A model takes ${OPTIONS.join(', ')}.`,
      });
    }
  }
}

/** Orders are read when all models are complete, since a many2one sorts by the order of its model. */
function checkOrder(draft: ModelDraft, problems: Problems): void {
  const { order } = draft.options;
  if (order === undefined) return;
  try {
    draft.order = parseWrittenOrder(draft, order);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    problems.add({
      model: draft.name,
      module: draft.module,
      message: `The order '${order}' cannot be used: ${error.message}`,
      hint: error.hint ?? "Name stored fields: 'country, name desc'.",
    });
  }
}

function checkDisplayName(draft: ModelDraft, problems: Problems): void {
  const { displayName } = draft.options;
  if (displayName === undefined || draft.fields.has(displayName)) return;
  problems.add({
    model: draft.name,
    field: displayName,
    module: draft.module,
    message: `The option displayName names no field.${didYouMean(displayName, draft.fields.keys())}`,
    hint: 'Name a field; a getter becomes one with @fields.Char() and @Depends.',
  });
}

/** Records are not made by the class's own constructor, so what that would set up is not there. */
function checkClass(
  draft: ModelDraft,
  { target, module }: { readonly target: AnyClass; readonly module: string },
  problems: Problems,
): void {
  const complain = (field: string, message: string, hint: string): void =>
    problems.add({ model: draft.name, field, module, message, hint });
  const hidden = /\bthis\.(#\w+)/.exec(String(target))?.[1];
  if (hidden !== undefined)
    complain(
      hidden,
      `${target.name} has a private member ${hidden}, which records do not have.`,
      'Use a TypeScript `private` member instead.',
    );
  for (const [name, value] of Object.entries(initialValues(target))) {
    if (typeof value === 'function')
      complain(
        name,
        `${target.name}.${name} is a function kept in a property.`,
        `Write it as a method: ${name}() { … }.`,
      );
    else if (value !== undefined && value !== null)
      complain(
        name,
        `${target.name}.${name} has an initial value, which records never get.`,
        'Use the option `default` of a field, or a static member.',
      );
  }
}

/** What the class's constructor would leave on an object; nothing if it needs arguments that it does not get. */
function initialValues(target: AnyClass): Record<string, unknown> {
  try {
    return { ...new (target as new () => object)() };
  } catch {
    // A constructor that cannot run without its dependencies says nothing about properties; the container runs it.
    return {};
  }
}
