import type { ComposedModel } from '../model/composed-model.js';
import type { ModelRuntime } from '../model/model-runtime.js';
import type { RegistryFace } from '../types/faces.js';
import type { EnvironmentFace } from '../types/records.js';

/** What environments ask of the registry above them. */
export interface EnvironmentHost {
  readonly face: RegistryFace;
  /** `Environment` with a property for each model of the registry. */
  readonly environmentClass: new (runtime: ModelRuntime) => EnvironmentFace;
  modelNames(): Iterable<string>;
  /** The model of a class: of a definition, or of an extension. @throws UnknownModelError, UsageError */
  modelOf(target: unknown): ComposedModel;
  /** The acting user as a record; null without a user model, or for the anonymous user. */
  userOf(runtime: ModelRuntime): object | null;
  groupsOf(runtime: ModelRuntime): Promise<ReadonlySet<string>>;
}
