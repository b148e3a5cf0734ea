import type { ComposedModel } from '../model/composed-model.js';
import type { RegistryFace } from '../types/records.js';
import type { Environment, EnvironmentRuntime } from './environment.js';

/** What environments ask of the registry above them. */
export interface EnvironmentHost {
  readonly face: RegistryFace;
  readonly environmentClass: new (runtime: EnvironmentRuntime) => Environment;
  modelNames(): Iterable<string>;
  /** The model of a class: of a definition, or of an extension. @throws UnknownModelError, UsageError */
  modelOf(target: unknown): ComposedModel;
  /** The acting user as a record; null without a user model, or for the anonymous user. */
  userOf(runtime: EnvironmentRuntime): object | null;
  groupsOf(runtime: EnvironmentRuntime): Promise<ReadonlySet<string>>;
}
