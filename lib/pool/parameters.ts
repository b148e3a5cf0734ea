import { Decimal } from '../util/decimal.js';
import { UsageError } from '../errors/use-errors.js';

/** What the wire carries for one parameter. */
export type WireValue = string | Buffer | null;

/**
 * A parameter in the form in which it is sent. Dates travel in UTC, Decimals and bigints with all their digits, typed
 * arrays and Buffers as bytes, arrays as array literals, other objects as JSON.
 * @throws UsageError for an invalid Date, a function or a symbol
 */
export function toWireValue(value: unknown): WireValue {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object') return primitive(value);
  if (Buffer.isBuffer(value)) return value;
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (Array.isArray(value)) return arrayLiteral(value);
  return objectText(value);
}

function primitive(value: unknown): string {
  switch (typeof value) {
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      throw new UsageError(`A ${typeof value} cannot be a parameter of a statement.`);
  }
}

function objectText(value: object): string {
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new UsageError('An invalid Date cannot be a parameter of a statement.');
    return dateText(value);
  }
  if (Decimal.isDecimal(value)) return value.toString();
  return JSON.stringify(value);
}

/** JavaScript writes years before 0 and after 9999 with a sign and six digits, which PostgreSQL does not read. */
function dateText(value: Date): string {
  const year = value.getUTCFullYear();
  const iso = value.toISOString();
  if (year > 0 && year <= 9999) return iso;
  const rest = iso.slice(iso.indexOf('-', 1));
  return year > 0 ? `${year}${rest}` : `${String(1 - year).padStart(4, '0')}${rest} BC`;
}

function arrayLiteral(values: readonly unknown[]): string {
  let text = '{';
  for (let index = 0; index < values.length; index++) {
    if (index > 0) text += ',';
    const value = values[index];
    if (Array.isArray(value)) text += arrayLiteral(value);
    else text += elementText(value);
  }
  return `${text}}`;
}

function elementText(value: unknown): string {
  // Numbers and booleans hold no character that an array literal would have to quote.
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  const wire = toWireValue(value);
  if (wire === null) return 'NULL';
  if (typeof wire !== 'string') return `"\\\\x${wire.toString('hex')}"`;
  return `"${wire.includes('\\') || wire.includes('"') ? wire.replaceAll('\\', '\\\\').replaceAll('"', '\\"') : wire}"`;
}
