import { runningUnit } from './running-unit.js';
import type { SavepointScope } from './savepoint.js';

/** Called around the end of a transaction. */
export type Hook = () => void | Promise<void>;
export type HookKind = 'beforeCommit' | 'afterCommit' | 'afterRollback';

interface RegisteredHook {
  readonly run: Hook;
  /** The savepoint in whose body it was registered. */
  readonly token: object | null;
}

/** The hooks of one transaction; each runs at most once, in order of registration. */
export class TransactionHooks {
  readonly #hooks: Record<HookKind, RegisteredHook[]> = { beforeCommit: [], afterCommit: [], afterRollback: [] };

  add(kind: HookKind, run: Hook): void {
    this.#hooks[kind].push({ run, token: runningUnit.getStore()?.savepoint ?? null });
  }

  has(kind: HookKind): boolean {
    return this.#hooks[kind].length > 0;
  }

  get isEmpty(): boolean {
    return !this.has('beforeCommit') && !this.has('afterCommit') && !this.has('afterRollback');
  }

  /** What the body of a rolled back savepoint registered never runs. */
  dropOf(scope: SavepointScope): void {
    for (const kind of Object.keys(this.#hooks) as HookKind[]) {
      this.#hooks[kind] = this.#hooks[kind].filter((hook) => !scope.contains(hook.token));
    }
  }

  /** Forgets those of the kinds. */
  drop(...kinds: readonly HookKind[]): void {
    for (const kind of kinds) this.#hooks[kind] = [];
  }

  /** Runs them one after the other, those that they add as well; the first error ends it. */
  async run(kind: HookKind): Promise<void> {
    for (let hook = this.#hooks[kind].shift(); hook !== undefined; hook = this.#hooks[kind].shift()) await hook.run();
  }

  /** The same, but an error is reported and the others still run. */
  async runAll(kind: HookKind, report: (error: unknown) => void): Promise<void> {
    while (this.has(kind)) {
      try {
        await this.run(kind);
      } catch (error) {
        report(error);
      }
    }
  }
}
