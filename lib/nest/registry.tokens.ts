/** The checked options of `RegistryModule`. */
export const REGISTRY_OPTIONS = Symbol('nest-registry:options');

/** In a module that `forFeature` made: what was given to it. */
export const FEATURE = Symbol('nest-registry:feature');

/** What `forFeature` was told. */
export interface Feature {
  /** Name of the module; undefined: made of the importing class. */
  readonly module: string | undefined;
}
