const LONGEST_ECHO = 40;

/** A value as an error message may name it: short ones as they are, others by what they are, so that no log fills up. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value.length <= LONGEST_ECHO ? JSON.stringify(value) : `a text of ${value.length} characters`;
    case 'number':
    case 'boolean':
      return String(value);
    case 'bigint': {
      const digits = value.toString();
      return digits.length <= LONGEST_ECHO ? `${digits}n` : 'a bigint of many digits';
    }
    case 'object':
      return value === null ? 'null' : describeObject(value);
    default:
      return value === undefined ? 'undefined' : kindOfValue(value);
  }
}

/** What a value is, without a word of its content: for fields that are private. */
export function kindOfValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'object') return describeObject(value);
  return `a ${typeof value}`;
}

function describeObject(value: object): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof Date) return 'a Date';
  if (value instanceof Uint8Array) return `${value.byteLength} bytes`;
  // Of the prototype: data may have a property `constructor` of its own.
  const prototype = Object.getPrototypeOf(value) as { readonly constructor?: unknown } | null;
  const maker = prototype?.constructor;
  return typeof maker === 'function' && maker !== Object && maker.name !== ''
    ? `an object of class ${maker.name}`
    : 'an object';
}
