import { didYouMean } from '../errors/nearest.js';
import { RegistryError } from '../errors/registry-error.js';
import { parseWrittenOrder } from '../domain/order.js';
import { checkClass } from './check-class.js';
import type { ModelDraft } from './model-draft.js';
import type { Problems } from './problems.js';

/** The last stage: what can only be judged when every model is complete. */
export function check(draft: ModelDraft, problems: Problems): void {
  checkOrder(draft, problems);
  checkDisplayName(draft, problems);
  for (const member of draft.source.classes) checkClass(draft.name, member, problems);
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
      module: draft.moduleOfOption('order'),
      message: `The order '${order}' cannot be used: ${error.message}`,
      hint: error.hint ?? "Name stored fields: 'country, name desc'.",
    });
  }
}

function checkDisplayName(draft: ModelDraft, problems: Problems): void {
  const { displayName } = draft.options;
  if (displayName === undefined || draft.fields.has(displayName) || draft.getterOf(displayName) !== undefined) return;
  problems.add({
    model: draft.name,
    field: displayName,
    module: draft.moduleOfOption('displayName'),
    message: `The option displayName names neither a field nor a getter.${didYouMean(displayName, draft.fields.keys())}`,
    hint: 'Name a field, or a getter with @Depends.',
  });
}
