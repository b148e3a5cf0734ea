import { RegistryError } from './registry-error.js';

/** A rule of the business or a database constraint was broken by what a user submitted. HTTP 422. */
export class ValidationError extends RegistryError {}

/** The user may not do this. HTTP 403; for an anonymous user 401. */
export class AccessError extends RegistryError {}

/** A record does not exist, or may not be seen by the user. HTTP 404. */
export class MissingError extends RegistryError {}
