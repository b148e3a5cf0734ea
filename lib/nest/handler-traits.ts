import type { ExecutionContext } from '@nestjs/common';
import { transactionalOptionsOf, writtenMethod, type TransactionalOptions } from './transactional.decorator.js';

/** What is known of a handler before it runs. */
export interface HandlerTraits {
  /** `ControllerClass.method`. */
  readonly name: string;
  /** What `@Transactional` says. */
  readonly options: TransactionalOptions;
  /** An `@Sse()` handler: its events come long after it has returned. */
  readonly sendsEvents: boolean;
  /** Takes `@Res()` or `@Next()` without `passthrough`: it answers by itself. */
  readonly answersItself: boolean;
  /** Neither answers by itself nor takes uploaded files nor is a generator: its input and output can be had a second time. */
  readonly isRepeatable: boolean;
}

/** Names under which Nest notes what its decorators say; they have been the same since its first version. */
const ROUTE_ARGUMENTS = '__routeArguments__';
const SSE = '__sse__';
const PASSTHROUGH = '__responsePassthrough__';
/** Kinds of handler parameters, as the keys of the noted arguments begin. */
const RESPONSE = '1';
const NEXT = '2';
const FILE = '8';
const FILES = '9';

type AnyFunction = (...args: never[]) => unknown;

const known = new WeakMap<object, Map<object, HandlerTraits>>();

/** The traits of the handler that is about to run; found out once for each class. */
export function traitsOf(context: ExecutionContext): HandlerTraits {
  return handlerTraits(context.getClass(), context.getHandler() as AnyFunction);
}

/** The traits of a handler of a controller class. */
export function handlerTraits(target: object, handler: AnyFunction): HandlerTraits {
  let ofClass = known.get(target);
  if (ofClass === undefined) known.set(target, (ofClass = new Map()));
  let traits = ofClass.get(handler);
  if (traits === undefined) ofClass.set(handler, (traits = findTraits(target, handler)));
  return traits;
}

function findTraits(target: object, handler: AnyFunction): HandlerTraits {
  const name = handler.name;
  const kinds = argumentKinds(target, name);
  const takes = (...wanted: string[]): boolean => wanted.some((kind) => kinds.has(kind));
  const isGenerator = Object.prototype.toString.call(writtenMethod(handler)) === '[object AsyncGeneratorFunction]';
  const answersItself = takes(RESPONSE, NEXT) && Reflect.getMetadata(PASSTHROUGH, target, name) !== true;
  return {
    name: `${(target as { readonly name?: string }).name ?? 'handler'}.${name}`,
    options: transactionalOptionsOf(target, handler),
    sendsEvents: Reflect.getMetadata(SSE, handler) === true,
    answersItself,
    isRepeatable: !answersItself && !isGenerator && !takes(FILE, FILES),
  };
}

function argumentKinds(target: object, method: string): ReadonlySet<string> {
  const noted = (Reflect.getMetadata(ROUTE_ARGUMENTS, target, method) ?? {}) as Readonly<Record<string, unknown>>;
  return new Set(Object.keys(noted).map((key) => key.split(':')[0]!));
}
