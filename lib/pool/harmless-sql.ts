/** Statements that can leave something in a session only by what they call. */
const dataStatement = /^\s*(?:select|insert|update|delete|merge|with|values|table|show)\b/i;
/** Transaction control and what ends with the transaction. Whether one is left open is asked elsewhere. */
const transactionStatement =
  /^\s*(?:begin|start\s+transaction|commit|end|rollback|abort|savepoint|release|set\s+(?:local|transaction))\b/i;

const literalOrName = /'(?:[^']|'')*'|"(?:[^"]|"")*"/g;
/**
 * What this reader does not understand: escapes, comments, dollar quotes, several statements, letters that are not ASCII,
 * and a name whose schema stands apart from it.
 */
const notUnderstood = /[\\;\0\u0080-\uffff]|--|\/\*|\$(?!\d)|\$\d+\$|\bu&['"]|\.\s/i;
/**
 * Where a statement that changes rows begins: at the start, or behind what WITH names. There it could also be a word of a
 * SELECT that makes a table, so a table that may be temporary is not taken for one that was there before.
 */
const intoHead =
  /(?:^|\()\s*(?:insert|merge)\s+into\b|\)\s*(?:insert|merge)\s+into\s+(?!table\b|temp|local\b|global\b|pg_temp)(?=\w)/gi;
/** Any other INTO is that of `SELECT … INTO`, which makes a table, perhaps a temporary one. */
const anyInto = /\binto\b/i;
/** Longer texts are not read: reading would cost more than the reset that it may save. */
export const longestText = 10_000;
/** The table and its columns: no call. */
const insertHead = /\binsert\s+into\s+[\w".]+(?:\s+as\s+\w+)?\s*\(/gi;
const call = /([\w".]*)\s*\(/g;

/** Words before a parenthesis that call nothing, types that take a length, and functions known to leave nothing behind. */
const harmlessWords = new Set(
  `all and any array as between by case cast conflict cube distinct do else except exists extract filter from group having
  ilike in intersect is join lateral like limit materialized not offset on or order over partition returning rollup row
  select set sets similar some then union using values when where with within
  bit char character decimal dec float interval numeric time timestamp timestamptz timetz varbit varchar varying
  abs age array_agg array_length array_position array_remove array_to_json array_to_string avg bool_and bool_or
  btrim cardinality ceil ceiling char_length clock_timestamp coalesce concat concat_ws count cume_dist
  current_setting date date_part date_trunc dense_rank every exp first_value floor format gen_random_uuid
  generate_series greatest hashtext hashtextextended initcap isfinite json_agg json_array_elements json_array_length
  json_build_array json_build_object json_object_agg jsonb_agg jsonb_array_elements jsonb_array_elements_text
  jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_object_agg jsonb_object_keys jsonb_set
  jsonb_strip_nulls jsonb_typeof lag last_value lead least left length ln log lower lpad ltrim make_date
  make_interval max md5 min mod now nth_value ntile nullif octet_length overlay percent_rank percentile_cont
  percentile_disc pg_advisory_xact_lock pg_backend_pid pg_sleep pg_try_advisory_xact_lock phraseto_tsquery pi
  plainto_tsquery position power random rank regexp_match regexp_matches regexp_replace repeat replace reverse right
  round row_number row_to_json rpad rtrim setweight sign split_part sqrt starts_with stddev string_agg
  string_to_array strpos substr substring sum to_char to_date to_json to_jsonb to_number to_timestamp to_tsquery
  to_tsvector trim trunc ts_rank ts_rank_cd unnest upper variance websearch_to_tsquery width_bucket`.split(/\s+/),
);

/**
 * Whether one statement of somebody's SQL surely leaves nothing in its session, but what the database's own triggers,
 * views and types may do, as they may for generated SQL. It reads the text as a careful stranger would: what it does not
 * know for harmless is not.
 */
export function isHarmless(text: string): boolean {
  if (!isReadable(text) || (!dataStatement.test(text) && !transactionStatement.test(text))) return false;
  const bare = bareOf(text);
  if (anyInto.test(bare.replace(intoHead, ' '))) return false;
  for (const [, word = ''] of bare.replace(insertHead, ' ').matchAll(call)) {
    // Nothing before it, or an operator: a parenthesis that groups.
    if (word !== '' && !harmlessWords.has(word.toLowerCase())) return false;
  }
  return true;
}

/** Whether this reader understands a text: one statement, not too long, without what hides its meaning. */
export function isReadable(text: string): boolean {
  return text.length <= longestText && !text.includes('\\') && !notUnderstood.test(bareOf(text));
}

/** The text without what stands in quotes, and without the semicolon at its end. */
export function bareOf(text: string): string {
  return text.replace(literalOrName, (quoted) => (quoted.startsWith('"') ? '"' : "''")).replace(/;\s*$/, '');
}
