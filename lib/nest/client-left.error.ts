import { RegistryError } from '../errors/registry-error.js';

/** The client closed its connection before it was answered: the reason of `env.signal`. There is nobody to tell. */
export class ClientLeftError extends RegistryError {}
