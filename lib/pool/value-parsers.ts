import { Decimal } from '../util/decimal.js';
import type { ValueParser } from './statement.js';

/** Object identifiers of PostgreSQL's built-in types; they are part of its protocol and never change. */
const parsersByType = new Map<number, ValueParser>([
  [16, (text) => text === 't'],
  [17, parseBytes],
  [20, BigInt],
  [21, Number],
  [23, Number],
  [26, Number],
  [700, Number],
  [701, Number],
  [114, parseJson],
  [3802, parseJson],
  [1184, parseTimestamp],
  [1700, (text) => new Decimal(text)],
]);

/** Array type → type of its elements, for the types whose arrays are worth more than their text. */
const elementTypes = new Map<number, number>([
  [1000, 16],
  [1001, 17],
  [1016, 20],
  [1005, 21],
  [1007, 23],
  [1028, 26],
  [1021, 700],
  [1022, 701],
  [199, 114],
  [3807, 3802],
  [1185, 1184],
  [1231, 1700],
  [1002, 18],
  [1003, 19],
  [1009, 25],
  [1014, 1042],
  [1015, 1043],
  [2951, 2950],
  [1182, 1082],
  [1183, 1083],
  [1270, 1266],
  [1115, 1114],
  [1187, 1186],
  [1041, 869],
  [651, 650],
]);

/**
 * The parser for a type, by its object identifier; null: the text is the value (text, uuid, date, time, timestamp
 * without zone, interval, and every type not known here). Ours alone: the driver's global parsers belong to the
 * application.
 */
export function parserOfType(typeId: number): ValueParser | null {
  const parser = parsersByType.get(typeId);
  if (parser !== undefined) return parser;
  const elementType = elementTypes.get(typeId);
  if (elementType === undefined) return null;
  const ofElement = parserOfType(elementType);
  const ofArray: ValueParser = (text) => parseArray(text, ofElement);
  parsersByType.set(typeId, ofArray);
  return ofArray;
}

function parseBytes(text: string): Buffer {
  // `\x…` is what every server since 9.0 sends unless `bytea_output` was changed to `escape`.
  if (text.startsWith('\\x')) return Buffer.from(text.slice(2), 'hex');
  const plain = text.replace(/\\(\\|[0-7]{3})/g, (_, code: string) =>
    code === '\\' ? '\\' : String.fromCharCode(Number.parseInt(code, 8)),
  );
  return Buffer.from(plain, 'latin1');
}

function parseJson(text: string): unknown {
  return JSON.parse(text) as unknown;
}

/** Years past 9999, before Christ and the infinities have no JavaScript text form: they stay as they came. */
function parseTimestamp(text: string): Date | string {
  const parsed = new Date(`${text.slice(0, 10)}T${text.slice(11)}${/[+-]\d\d$/.test(text) ? ':00' : ''}`);
  return Number.isNaN(parsed.getTime()) ? text : parsed;
}

/** Reads an array literal, nested ones included: `{1,NULL,"a b"}`, `[0:1]={…}`. */
export function parseArray(text: string, parser: ValueParser | null): unknown[] {
  const result: unknown[] = [];
  const open: unknown[][] = [];
  let position = text.indexOf('{');
  while (position < text.length) {
    const character = text[position];
    if (character === '{') {
      const inner = open.length === 0 ? result : [];
      open.at(-1)?.push(inner);
      open.push(inner);
      position++;
    } else if (character === '}') {
      open.pop();
      position++;
    } else if (character === ',') {
      position++;
    } else {
      const [element, quoted, next] = readElement(text, position);
      const isNull = !quoted && element === 'NULL';
      open.at(-1)?.push(isNull ? null : parser === null ? element : parser(element));
      position = next;
    }
  }
  return result;
}

function readElement(text: string, start: number): readonly [element: string, quoted: boolean, next: number] {
  if (text[start] !== '"') {
    let end = start;
    while (end < text.length && text[end] !== ',' && text[end] !== '}') end++;
    return [text.slice(start, end), false, end];
  }
  let element = '';
  let position = start + 1;
  while (text[position] !== '"') {
    if (text[position] === '\\') position++;
    element += text[position] ?? '';
    position++;
  }
  return [element, true, position + 1];
}
