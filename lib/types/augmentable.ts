/*
 * The interfaces that applications widen by declaration merging, in a file of their own: an entry point must re-export
 * them with `export *`, because a named re-export is an alias and TypeScript merges nothing into an alias.
 */

/**
 * Model names to model classes. Every model file adds its line, and `env['res.partner']` is typed:
 *
 *     declare module 'nest-registry' { interface Models { 'res.partner': Partner } }
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- filled by declaration merging
export interface Models {}

/** What an environment knows besides its user: frozen, compared by value, never a channel for default values. */
export interface Context {
  /** Language of labels and translated fields, such as `fr_FR`. */
  readonly lang?: string | undefined;
  /** IANA name of the zone in which days begin and end. */
  readonly tz?: string | undefined;
  /** `false` makes searches find archived records too. */
  readonly activeTest?: boolean | undefined;
  readonly [key: string]: unknown;
}
