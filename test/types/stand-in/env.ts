import type {
  AnyRecord,
  CacheFace,
  CursorFace,
  EnvironmentFace,
  Many,
  ModelClass,
  One,
  RegistryFace,
  TransactionFace,
  UserFace,
} from '../../../lib/types/records.js';
import type { Context } from '../../../lib/types/augmentable.js';
const STATE = Symbol('state');
interface State {
  uid: number;
  context: Context;
}
function stateOf(env: object): State {
  return (env as { [STATE]: State })[STATE];
}
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- gives the class its members by model name
export interface Environment extends EnvironmentFace {}
export class Environment {
  constructor(uid: number) {
    Object.defineProperty(this, STATE, { value: { uid, context: {} } });
  }
  get uid(): number {
    return stateOf(this).uid;
  }
  get context(): Readonly<Context> {
    return stateOf(this).context;
  }
  get su(): boolean {
    return true;
  }
  get user(): One<UserFace> {
    return null;
  }
  get registry(): RegistryFace {
    throw new Error();
  }
  get cursor(): CursorFace {
    throw new Error();
  }
  get transaction(): TransactionFace {
    throw new Error();
  }
  get cache(): CacheFace {
    throw new Error();
  }
  get signal(): AbortSignal {
    throw new Error();
  }
  model<M extends AnyRecord>(model: ModelClass<M>): Many<M> {
    throw new Error(String(model));
  }
  async hasGroup(group: string): Promise<boolean> {
    return group === '';
  }
  withUser(uid: number): this {
    return new Environment(uid) as this;
  }
  withContext(context: Context): this {
    void context;
    return this;
  }
  sudo(): this {
    return this;
  }
  async flush(): Promise<void> {}
  invalidate(): void {}
  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }
}
