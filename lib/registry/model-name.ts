import { LANGUAGE_MEMBERS } from '../fields/reserved-names.js';
import { Environment } from '../environment/environment.js';
import { describeValue } from '../fields/describe-value.js';

/** Letters, digits and underscores, in parts with points between. */
const PATTERN = /^[a-z_]\w*([.-]\w+)*$/i;

/** Why a model may not be called so; null: it may. Models are properties of an environment, `env['res.partner']`. */
export function modelNameReason(name: unknown): string | null {
  if (typeof name !== 'string') return `A model's name is a text, not ${describeValue(name)}.`;
  if (!PATTERN.test(name)) return `A model cannot be called ${describeValue(name)}.`;
  if (name in Environment.prototype)
    return `A model may not be called "${name}": every environment has a member of that name.`;
  if ((LANGUAGE_MEMBERS as readonly string[]).includes(name)) {
    return `A model may not be called "${name}": an environment would look like a promise, or no longer like an object.`;
  }
  return null;
}
