import { remember } from '../util/remember.js';
import { bareOf, isHarmless, isReadable, longestText } from './harmless-sql.js';

/** What somebody's SQL may have left in a session: settings alone are taken away in a fraction of the time. */
export type Leftovers = 'nothing' | 'settings' | 'anything';

const setStatement = /^\s*set\s+(?:session\s+)?([a-z_][a-z0-9_.]*)\s*(?:=|\bto\b)[^(]*$/i;
const resetStatement = /^\s*reset\s+([a-z_][a-z0-9_.]*)\s*;?\s*$/i;
const setConfig = /\bset_config\s*\(\s*'([a-z_][a-z0-9_.]*)'\s*,/gi;
const bareSetConfig = /\bset_config\s*\(\s*''\s*,/gi;

/** These decide what names in later statements mean, or how their text is read: after them nothing is known any more. */
const tellingSettings = new Set([
  'search_path',
  'schema',
  'role',
  'session_authorization',
  'session',
  'client_encoding',
  'names',
  'standard_conforming_strings',
]);

/** What one statement may leave behind, read as carefully as `isHarmless` does. */
export function leftoversOf(text: string): Leftovers {
  if (isHarmless(text)) return 'nothing';
  if (!isReadable(text)) return 'anything';
  const [, set] = setStatement.exec(text) ?? resetStatement.exec(text) ?? [];
  if (set !== undefined) return isTelling(set) ? 'anything' : 'settings';
  const names = [...text.matchAll(setConfig)].map(([, name = '']) => name);
  // As many where everything in quotes is blank: none of them stands in a literal.
  const isCalled = names.length > 0 && bareOf(text).match(bareSetConfig)?.length === names.length;
  if (!isCalled || names.some(isTelling)) return 'anything';
  return isHarmless(text.replace(setConfig, "concat('',")) ? 'settings' : 'anything';
}

function isTelling(name: string): boolean {
  return tellingSettings.has(name.toLowerCase());
}

/** Texts whose answer is remembered, for all pools of the process: it follows from the text alone. */
const rememberedTexts = 1_000;
const answers = new Map<string, Leftovers>();

/** The same, remembered: most applications repeat few texts. */
export function knownLeftoversOf(text: string): Leftovers {
  const known = answers.get(text);
  if (known !== undefined) return known;
  const answer = leftoversOf(text);
  if (text.length <= longestText) remember(answers, text, { value: answer, limit: rememberedTexts });
  return answer;
}
