import { Inject, Injectable } from '@nestjs/common';
import { UsageError } from '../errors/use-errors.js';
import type { Environment } from '../environment/environment.js';
import { findRunningUnit, type Unit } from '../registry/unit.js';
import { RequestUnits } from './request-units.js';

/**
 * The environment of the unit of work that runs: of the request, of the message, or of `registry.run`. A singleton, so
 * whoever injects it stays one; what it gives must not be kept beyond the unit.
 */
@Injectable()
export class CurrentEnvironment {
  readonly #units: RequestUnits;

  constructor(@Inject(RequestUnits) units: RequestUnits) {
    this.#units = units;
  }

  /**
   * The running unit's environment: the very object that `Environment` injects.
   * @throws UsageError outside any unit of work
   */
  get env(): Environment {
    const unit = running('CurrentEnvironment.env was read');
    return unit.ownEnvironment ?? unit.environment();
  }

  /**
   * The same, once the answers of the options `user` and `context` are there, where they are promises. Handlers need not
   * wait for them, guards must: `const env = await this.current.ready()`.
   */
  async ready(): Promise<Environment> {
    const unit = running('CurrentEnvironment.ready() was called');
    await this.#units.find(unit)?.settle();
    return this.env;
  }

  /**
   * Commits the running unit now, for a handler that answers by itself (`@Res()`) and must not tell its client of a
   * success before it is one. Afterwards loaded values can be read, and nothing else be done in the unit.
   */
  async commit(): Promise<void> {
    await running('CurrentEnvironment.commit() was called').commit();
  }
}

function running(what: string): Unit {
  const unit = findRunningUnit();
  if (unit === undefined) throw outsideAnyUnit(what);
  return unit;
}

/** What to say where no unit of work runs. */
export function outsideAnyUnit(what: string): UsageError {
  return new UsageError(`${what} where no unit of work is running.`, {
    hint:
      'Handlers of requests and messages run in one. Elsewhere (start-up, timers, jobs, the events of a stream) open one: ' +
      '`registry.run(async (env) => …)`, or `@Transactional()` on the method.',
  });
}
