/*
 * Parts of searches whose types name no model.
 */

/** What may stand between a path and its operand. */
export type Operator =
  | '='
  | '!='
  | '<'
  | '>'
  | '<='
  | '>='
  | 'in'
  | 'not in'
  | 'like'
  | 'not like'
  | 'ilike'
  | 'not ilike'
  | '=like'
  | '=ilike'
  | 'child_of'
  | 'parent_of'
  | 'any'
  | 'not any';

/** A condition that was read already: what `and`, `or`, `not` and `parseDomain` give. */
export interface DomainFace {
  readonly kind: 'all' | 'none' | 'and' | 'or' | 'not' | 'term';
  readonly size: number;
  readonly depth: number;
  readonly checkedFor: object | null;
}

/** One field of an order, as `parseOrder` gives it. */
export interface OrderTermFace {
  readonly field: string;
  readonly descending: boolean;
}

/** Spans by which `readGroup` collects dates and instants: their first day tells them apart. */
export type Granularity = 'day' | 'week' | 'month' | 'quarter' | 'year';
