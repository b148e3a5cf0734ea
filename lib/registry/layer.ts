import type { AnyClass } from '../model/any-class.js';
import type { ModelDefinition, ModelOptions } from '../model/model-definition.js';

/** One decorated class, with the model it belongs to and the module that brings it. */
export interface Layer {
  readonly model: string;
  readonly module: string;
  readonly definition: ModelDefinition;
  /** Those options of the definition that are well-formed. */
  readonly options: ModelOptions;
  readonly injected: Readonly<Record<string, unknown>>;
  /** The class and the undecorated ones it extends, lowest first. */
  readonly classes: readonly AnyClass[];
  /** The same class from a file that was loaded twice. */
  readonly twins: Set<AnyClass>;
}
