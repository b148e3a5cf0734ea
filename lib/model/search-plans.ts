import type { Field } from '../fields/field.js';

/** A search that was compiled before: its text, and what becomes of the operands of another one of the same shape. */
export interface SearchPlan {
  readonly text: string;
  /** The field that converts each operand, in the order of the parameters. */
  readonly operands: readonly Field[];
  /** Fields whose pending changes could alter what the search finds, or in which order. */
  readonly inputs: readonly Field[];
}

/** A written domain as far as it decides the text of its statement, and what fills the parameters. */
export interface SearchShape {
  readonly key: string;
  readonly operands: readonly unknown[];
  /** The path of each operand. */
  readonly paths: readonly string[];
}

/** So many shapes are remembered; what clients write as domains must not fill memory. */
const REMEMBERED = 1_000;

/** With these operators, and an operand that is set, the statement's text does not depend on the value. */
const PLAIN_OPERATORS: ReadonlySet<string> = new Set(['=', '!=', '<', '>', '<=', '>=']);

/**
 * Compiled searches of one registry. Compiling costs more than all else that happens on this side of the wire for a
 * search of one record, and an application writes the same few shapes over and over.
 */
export class SearchPlans {
  readonly #plans = new Map<string, SearchPlan | null>();

  /** undefined: never seen; null: seen, and of a kind that must be compiled each time. */
  find(key: string): SearchPlan | null | undefined {
    return this.#plans.get(key);
  }

  keep(key: string, plan: SearchPlan | null): void {
    if (this.#plans.size >= REMEMBERED) this.#plans.clear();
    this.#plans.set(key, plan);
  }
}

/** The shape of a domain made of plain terms; null: it must be compiled for itself. */
export function shapeOf(written: unknown): SearchShape | null {
  if (!Array.isArray(written)) return null;
  let key = '';
  const operands: unknown[] = [];
  const paths: string[] = [];
  for (const element of written as readonly unknown[]) {
    if (typeof element === 'string') {
      key += `${element}\u0001`;
      continue;
    }
    if (!Array.isArray(element) || element.length !== 3) return null;
    const [path, operator, operand] = element as readonly unknown[];
    if (typeof path !== 'string' || !PLAIN_OPERATORS.has(operator as string)) return null;
    const type = typeof operand;
    if (type !== 'string' && type !== 'number') return null;
    key += `${path}\u0002${operator as string}${type}\u0001`;
    operands.push(operand);
    paths.push(path);
  }
  return { key, operands, paths };
}
