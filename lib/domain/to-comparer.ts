import type { FieldResolver, OrderTerm } from './field-resolver.js';
import { orderKeys, type OrderKey } from './order.js';
import { compileValue, relatedOne, type RecordReader } from './record-reader.js';

/**
 * The order as a comparer for records in memory, the same order as `orderToSql` gives: total, so that sorting by it has
 * one outcome. Text compares as under the collations C and C.UTF-8.
 * @throws FieldNotLoadedError, when called, by the reader
 */
export function compileComparer<R>(
  order: readonly OrderTerm[],
  model: FieldResolver,
  reader: RecordReader<R>,
): (left: R, right: R) => number {
  const comparers = orderKeys(order, model).map((key) => compileKey(key, reader));
  return (left, right) => {
    for (const compare of comparers) {
      const result = compare(left, right);
      if (result !== 0) return result;
    }
    return 0;
  };
}

function compileKey<R>(key: OrderKey, reader: RecordReader<R>): (left: R, right: R) => number {
  const { field } = key;
  const read = compileRead(key, reader);
  const sign = key.descending ? -1 : 1;
  if (key.by === 'presence') {
    return (left, right) => sign * (Number(read(left) === null) - Number(read(right) === null));
  }
  return (left, right) => {
    const a = read(left);
    const b = read(right);
    if (a === null || b === null) return sign * (Number(a === null) - Number(b === null));
    return sign * (field.relation === null ? field.compare(a, b) : Number(a) - Number(b));
  };
}

function compileRead<R>({ links, field }: OrderKey, reader: RecordReader<R>): (record: R) => unknown {
  const value = compileValue(reader, field);
  if (links.length === 0) return value;
  const missing = field.kind === 'boolean' ? false : null;
  return (record) => {
    let current: R | undefined = record;
    for (const link of links) {
      if (current !== undefined) current = relatedOne(reader, current, link);
    }
    return current === undefined ? missing : value(current);
  };
}
