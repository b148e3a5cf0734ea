import { Scope, type FactoryProvider } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { UsageError } from '../errors/use-errors.js';
import { Environment } from '../environment/environment.js';
import { findRunningUnit } from '../registry/unit.js';
import { outsideAnyUnit } from './current-environment.js';
import { RequestUnits } from './request-units.js';

/**
 * `Environment` for constructors: the environment object of the running unit of work, the same that
 * `CurrentEnvironment.env` gives. It follows its unit: after a conflict it is the same object on a fresh transaction.
 *
 * Injecting it makes the injecting class and all that inject that class request-scoped, so they are made for each request:
 * three to five times the container's work of a request whose classes are singletons.
 */
export const environmentProvider: FactoryProvider<Environment> = {
  provide: Environment,
  scope: Scope.REQUEST,
  inject: [REQUEST, RequestUnits],
  useFactory: (request: unknown, units: RequestUnits) => environmentOf(request, units),
};

function environmentOf(request: unknown, units: RequestUnits): Environment {
  const message = contextOfMessage(request);
  if (message !== undefined) return units.ofMessage(message).environment;
  const found = isObject(request) ? units.find(request) : undefined;
  const environment = found?.environment ?? findRunningUnit()?.ownEnvironment;
  if (environment) return environment;
  if (isObject(request) && 'handshake' in request) {
    throw new UsageError(
      'A class that injects `Environment` cannot serve a socket: it would be made once a socket, not once a message.',
      {
        hint: 'Inject `CurrentEnvironment` there, and read its `env` in each handler.',
      },
    );
  }
  throw outsideAnyUnit('`Environment` was injected');
}

/** What a microservice hands to request-scoped classes carries the message's context. */
function contextOfMessage(request: unknown): object | undefined {
  if (!isObject(request) || !('pattern' in request) || !('context' in request)) return undefined;
  return isObject(request.context) ? request.context : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
