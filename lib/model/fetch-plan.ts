import { FIRST_FIELD_SLOT, FLAGS_SLOT, ID_SLOT, RECORD_SLOT, type Row } from '../cache/row.js';
import type { Field } from '../fields/field.js';
import { identifier } from '../sql/sql.js';
import type { FetchPlan } from './composed-model.js';

/** The alias under which every statement of ours names the table it fetches from. */
export const FETCH_ALIAS = 't';

/**
 * The column list that makes result rows of full width: every slot gets an expression, `NULL` where nothing is
 * fetched, so that the driver's array can be the cached row itself.
 *
 * @param owner SQL for the id of the record whose list the row belongs to; it travels in the record slot
 */
export function fetchPlan(width: number, fields: readonly Field[], owner: string | null = null): FetchPlan {
  const columns = new Array<string>(width).fill('NULL');
  const parsers = new Array<((text: string) => unknown) | null>(width).fill(null);
  columns[ID_SLOT] = `${identifier(FETCH_ALIAS, 'id').text}`;
  parsers[ID_SLOT] = Number;
  if (owner !== null) {
    columns[RECORD_SLOT] = owner;
    parsers[RECORD_SLOT] = Number;
  }
  for (const field of fields) {
    columns[field.slot] = identifier(FETCH_ALIAS, field.column!).text;
    parsers[field.slot] = field.parse;
  }
  const filled = fields.map((field) => field.slot);
  const empty = [RECORD_SLOT, FLAGS_SLOT];
  for (let slot = FIRST_FIELD_SLOT; slot < width; slot++) if (!filled.includes(slot)) empty.push(slot);
  return Object.freeze({ columns: columns.join(', '), parsers, filled, empty });
}

/** Makes the placeholders of a fetched row read as "not loaded". */
export function clearPlaceholders(plan: FetchPlan, row: Row): void {
  const { empty } = plan;
  for (let index = 0; index < empty.length; index++) row[empty[index]!] = undefined;
}
