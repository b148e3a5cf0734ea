/**
 * A search condition as an immutable tree. Made by `and`, `or`, `not` and by reading the written form; compiled to SQL
 * and to a predicate that give the same answers.
 */
export type Domain = Constant | Junction | Negation | Term;

/** Where a term stands in the written domain: indexes and keys from the outside in. */
export type Place = readonly (number | string)[];

/** What every node knows of what is below it. */
abstract class Node {
  /** Number of terms. */
  readonly size: number;
  /** Levels of nodes, sub-domains included; a term without sub-domain has 1. */
  readonly depth: number;
  /** The model whose fields every term was checked against; null: not checked, or not all against the same. */
  readonly checkedFor: object | null;

  constructor(size: number, depth: number, checkedFor: object | null) {
    this.size = size;
    this.depth = depth;
    this.checkedFor = checkedFor;
  }
}

/** What `checkedFor` says where there is no term that could be wrong. */
const everyModel: object = Object.freeze({});

/** Every record, or none. */
export class Constant extends Node {
  readonly kind: 'all' | 'none';

  constructor(kind: 'all' | 'none') {
    super(0, 0, everyModel);
    this.kind = kind;
  }
}

/** All parts hold, or at least one: two parts or more, none a constant, none of the same kind. */
export class Junction extends Node {
  readonly kind: 'and' | 'or';
  readonly parts: readonly Domain[];

  /** Use `allOf` and `anyOf`, which keep the shape promised above. */
  constructor(kind: 'and' | 'or', parts: readonly Domain[]) {
    let size = 0;
    let depth = 0;
    let checkedFor: object | null = everyModel;
    for (const part of parts) {
      size += part.size;
      depth = Math.max(depth, part.depth);
      checkedFor = commonModel(checkedFor, part.checkedFor);
    }
    super(size, depth + 1, checkedFor);
    this.kind = kind;
    this.parts = parts;
  }
}

/** Exactly the records that `part` leaves out. */
export class Negation extends Node {
  readonly kind = 'not';
  readonly part: Domain;

  constructor(part: Domain) {
    super(part.size, part.depth + 1, part.checkedFor);
    this.part = part;
  }
}

/** What a term is made of. */
export interface TermParts {
  /** As written: dotted perhaps. In a checked term the name of one field of the model. */
  readonly path: string;
  /** As written. In a checked term a `CheckedOperator`. */
  readonly operator: string;
  /**
   * As written. In a checked term: converted values, null for "unset"; for `in` an array of them; for `any` the domain on
   * the related model; for `child_of` and `parent_of` the domain that says where the walk starts.
   */
  readonly operand: unknown;
  readonly place: Place;
  readonly checkedFor?: object | null;
  /** Whether the sub-domain already says what becomes of archived records. */
  readonly settled?: boolean;
}

/** One condition on one field. */
export class Term extends Node {
  readonly kind = 'term';
  readonly path: string;
  readonly operator: string;
  readonly operand: unknown;
  readonly place: Place;
  readonly settled: boolean;

  constructor({ path, operator, operand, place, checkedFor = null, settled = false }: TermParts) {
    const below = isDomain(operand) ? operand : null;
    super(1 + (below?.size ?? 0), 1 + (below?.depth ?? 0), checkedFor);
    this.path = path;
    this.operator = operator;
    this.operand = operand;
    this.place = place;
    this.settled = settled;
  }
}

/** Satisfied by every record. */
export const allRecords: Domain = new Constant('all');
/** Satisfied by no record: searches for it send no SQL. */
export const noRecords: Domain = new Constant('none');

/** Whether a value is a domain tree. Never true of what came as JSON. */
export function isDomain(value: unknown): value is Domain {
  return value instanceof Node;
}

/** Whether a domain is known to leave out every record; ask it of what `withActiveFilter` or `normalise` gave. */
export function isNever(domain: Domain): boolean {
  return domain.kind === 'none';
}

/** The records that satisfy all of the trees. */
export function allOf(domains: Iterable<Domain>): Domain {
  return junction('and', domains);
}

/** The records that satisfy at least one of the trees. */
export function anyOf(domains: Iterable<Domain>): Domain {
  return junction('or', domains);
}

/** The records that a tree leaves out. */
export function complementOf(domain: Domain): Domain {
  switch (domain.kind) {
    case 'all':
      return noRecords;
    case 'none':
      return allRecords;
    case 'not':
      return domain.part;
    default:
      return new Negation(domain);
  }
}

function junction(kind: 'and' | 'or', domains: Iterable<Domain>): Domain {
  const [neutral, absorbing] = kind === 'and' ? [allRecords, noRecords] : [noRecords, allRecords];
  const parts: Domain[] = [];
  for (const domain of domains) {
    if (domain.kind === absorbing.kind) return absorbing;
    if (domain.kind === neutral.kind) continue;
    if (domain.kind === kind) for (const part of domain.parts) parts.push(part);
    else parts.push(domain);
  }
  return parts.length < 2 ? (parts[0] ?? neutral) : new Junction(kind, parts);
}

function commonModel(left: object | null, right: object | null): object | null {
  if (left === everyModel) return right;
  return right === everyModel || left === right ? left : null;
}
