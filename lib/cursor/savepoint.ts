import { AsyncResource } from 'node:async_hooks';
import { runningUnit } from './running-unit.js';

/** One running savepoint: the token by which statements of its body are told from those outside. */
export class SavepointScope {
  /** The token around it, of this cursor or of another. */
  readonly parent: object | null;
  /** 1 for the outermost of its cursor. */
  readonly depth: number;
  readonly name: string;
  isOpen = true;
  /** Whether SAVEPOINT goes before the next statement: not yet while what was pending outside is flushed. */
  isArmed = false;
  /** Whether SAVEPOINT was sent. Without a statement inside it never is. */
  isSent = false;

  constructor(parent: object | null, depth: number, number: number) {
    this.parent = parent;
    this.depth = depth;
    this.name = `s${number}`;
  }

  /** Whether `token` is this savepoint or lies inside it. */
  contains(token: object | null): boolean {
    for (let inner = token; inner instanceof SavepointScope; inner = inner.parent) if (inner === this) return true;
    return false;
  }
}

interface Turn {
  readonly token: object | null;
  readonly start: () => void;
  readonly refuse: (error: Error) => void;
}

/**
 * Puts the operations of one cursor in order around its savepoints: while one runs, only what its own body calls may
 * go on; everything else waits for its end, in order of arrival. So what is undone with a savepoint is exactly what
 * its body did, and two savepoints started together follow each other.
 */
export class SavepointTurns {
  readonly #open: SavepointScope[] = [];
  #waiting: Turn[] = [];
  #count = 0;

  /** The running savepoints, outermost first. */
  get open(): readonly SavepointScope[] {
    return this.#open;
  }

  /** Whether no savepoint runs, and so nobody waits for one. */
  get isFree(): boolean {
    return this.#open.length === 0;
  }

  /** Whether the caller runs inside a savepoint of this cursor. */
  get isInside(): boolean {
    return this.#scopeOf(tokenHere()) !== null;
  }

  /** Whether the caller may go on: no savepoint runs that it is not part of. */
  get isMine(): boolean {
    return this.#mayGo(tokenHere());
  }

  /** Runs `start` now if the caller belongs to the innermost savepoint, else when that is over. */
  enter<T>(start: () => Promise<T>): Promise<T> {
    const token = tokenHere();
    if (this.#mayGo(token)) return started(start);
    const later = new Promise<T>((resolve, reject) => {
      // Bound to the caller's context: who ends the savepoint must not lend its token to those it lets go on.
      const bound = AsyncResource.bind(() => started(start).then(resolve, reject));
      this.#waiting.push({ token, start: () => void bound(), refuse: reject });
    });
    // Whoever started it without awaiting must not end the process when the transaction is rolled back.
    later.catch(() => undefined);
    return later;
  }

  /** Opens a savepoint in the caller's; to be called from `enter`. */
  begin(): SavepointScope {
    const scope = new SavepointScope(tokenHere(), this.#open.length + 1, ++this.#count);
    this.#open.push(scope);
    return scope;
  }

  /** The savepoint is over: those who waited go on, up to the next savepoint among them. */
  end(scope: SavepointScope): void {
    scope.isOpen = false;
    const index = this.#open.indexOf(scope);
    if (index >= 0) this.#open.splice(index, 1);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const turn of waiting) {
      if (this.#mayGo(turn.token)) turn.start();
      else this.#waiting.push(turn);
    }
  }

  /** The transaction is over, and with it all its savepoints; those who wait are refused. */
  abandon(errorOf: () => Error): void {
    for (const scope of this.#open.splice(0)) scope.isOpen = false;
    for (const turn of this.#waiting.splice(0)) turn.refuse(errorOf());
  }

  #mayGo(token: object | null): boolean {
    const innermost = this.#open.at(-1);
    return innermost === undefined || this.#scopeOf(token) === innermost;
  }

  /** The nearest savepoint around the token that still runs here. */
  #scopeOf(token: object | null): SavepointScope | null {
    for (let scope = token; scope instanceof SavepointScope; scope = scope.parent) {
      if (this.#open.includes(scope)) return scope;
    }
    return null;
  }
}

/** What cannot be started is refused like what fails: no exception must leave the loop that lets others go on. */
function started<T>(start: () => Promise<T>): Promise<T> {
  try {
    return start();
  } catch (error) {
    return Promise.reject(error as Error);
  }
}

function tokenHere(): object | null {
  return runningUnit.getStore()?.savepoint ?? null;
}
