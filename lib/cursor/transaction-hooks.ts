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
  /** Most transactions have none, and pay for none. */
  #hooks: Record<HookKind, RegisteredHook[]> | undefined;

  add(kind: HookKind, run: Hook): void {
    this.#hooks ??= { beforeCommit: [], afterCommit: [], afterRollback: [] };
    this.#hooks[kind].push({ run, token: runningUnit.getStore()?.savepoint ?? null });
  }

  has(kind: HookKind): boolean {
    return this.#hooks !== undefined && this.#hooks[kind].length > 0;
  }

  get isEmpty(): boolean {
    return !this.has('beforeCommit') && !this.has('afterCommit') && !this.has('afterRollback');
  }

  /** What the body of a rolled back savepoint registered never runs. */
  dropOf(scope: SavepointScope): void {
    const hooks = this.#hooks;
    if (hooks === undefined) return;
    for (const kind of Object.keys(hooks) as HookKind[]) {
      hooks[kind] = hooks[kind].filter((hook) => !scope.contains(hook.token));
    }
  }

  /** Forgets those of the kinds. */
  drop(...kinds: readonly HookKind[]): void {
    if (this.#hooks === undefined) return;
    for (const kind of kinds) this.#hooks[kind] = [];
  }

  /** Runs them one after the other, those that they add as well; the first error ends it. */
  async run(kind: HookKind): Promise<void> {
    for (let hook = this.#next(kind); hook !== undefined; hook = this.#next(kind)) await hook.run();
  }

  #next(kind: HookKind): RegisteredHook | undefined {
    return this.#hooks?.[kind].shift();
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
