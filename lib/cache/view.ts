/**
 * What a value may depend on besides the database: who reads it, and how. Lists of x2many fields and computed values
 * without a column are kept once for each view, so that a superuser's list is never a user's.
 */
export interface View {
  readonly uid: number;
  readonly su: boolean;
  readonly lang: string;
  readonly activeTest: boolean;
}

/** A value for one view; a slot that depends on the view holds a chain of these. Chains are short: one or two links. */
export interface Cell {
  readonly view: View;
  readonly value: unknown;
  readonly next: Cell | undefined;
}

export function readCell(cell: unknown, view: View): unknown {
  for (let link = cell as Cell | undefined; link !== undefined; link = link.next) {
    if (link.view === view) return link.value;
  }
  return undefined;
}

/** The links of a chain, one a view. */
export function* cellsOf(cell: unknown): Generator<Cell, void> {
  for (let link = cell as Cell | undefined; link !== undefined; link = link.next) yield link;
}

/** Whether a slot's value is such a chain. */
export function isChain(value: unknown): value is Cell {
  return typeof value === 'object' && value !== null && 'view' in value && 'next' in value;
}

/** The chain with this view's value replaced. Chains are never changed in place: a savepoint may hold the old one. */
export function withCell(cell: unknown, view: View, value: unknown): Cell {
  return { view, value, next: withoutView(cell as Cell | undefined, view) };
}

function withoutView(cell: Cell | undefined, view: View): Cell | undefined {
  if (cell === undefined) return undefined;
  if (cell.view === view) return cell.next;
  const next = withoutView(cell.next, view);
  return next === cell.next ? cell : { view: cell.view, value: cell.value, next };
}

/** The chain with every view's value mapped; values for which `change` gives `undefined` are dropped. */
export function mapCells(cell: unknown, change: (value: unknown, view: View) => unknown): Cell | undefined {
  const link = cell as Cell | undefined;
  if (link === undefined) return undefined;
  const value = change(link.value, link.view);
  const next = mapCells(link.next, change);
  if (value === undefined) return next;
  return value === link.value && next === link.next ? link : { view: link.view, value, next };
}
