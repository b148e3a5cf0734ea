import { Inject } from '@nestjs/common';
import { Registry } from '../registry/registry.js';

/**
 * Injects the application's registry where its class cannot be the token, such as in a parameter typed by an interface:
 * `constructor(@InjectRegistry() private readonly registry: RegistryFace)`.
 */
export function InjectRegistry(): PropertyDecorator & ParameterDecorator {
  return Inject(Registry);
}
