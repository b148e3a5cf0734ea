export interface ModelLimits {
  readonly max: number;
  readonly maxPerDatabase: number;
  readonly maxWaiting: number;
}

export interface Guest {
  readonly database: string;
  /** Whether it waits for a place. */
  readonly isPatient: boolean;
}

/** What becomes of one who arrives. The last two are told so at once. */
export type Reception = 'served' | 'waiting' | 'timed out' | 'exhausted';

/**
 * Who must have a connection and who must wait: all that a pool promises its borrowers, without connections, sockets or
 * time. Whoever can be served is served, in order of arrival; one whose database is at its own limit holds up nobody else.
 */
export class PoolModel<G extends Guest> {
  readonly #limits: ModelLimits;
  readonly #served = new Set<G>();
  /** In order of arrival. */
  readonly #waiting = new Set<G>();

  constructor(limits: ModelLimits) {
    this.#limits = limits;
  }

  get waiting(): readonly G[] {
    return [...this.#waiting];
  }

  get served(): readonly G[] {
    return [...this.#served];
  }

  isServed(guest: G): boolean {
    return this.#served.has(guest);
  }

  arrive(guest: G): Reception {
    this.#waiting.add(guest);
    this.#serve();
    if (this.#served.has(guest)) return 'served';
    const isTooMany = this.#waiting.size > this.#limits.maxWaiting;
    if (guest.isPatient && !isTooMany) return 'waiting';
    this.leave(guest);
    return guest.isPatient ? 'exhausted' : 'timed out';
  }

  /** It gave its connection back, lost it, or does not want one any more. */
  leave(guest: G): void {
    this.#waiting.delete(guest);
    this.#served.delete(guest);
    this.#serve();
  }

  #serve(): void {
    for (const guest of this.#waiting) {
      if (!this.#hasRoomFor(guest)) continue;
      this.#waiting.delete(guest);
      this.#served.add(guest);
    }
  }

  #hasRoomFor({ database }: G): boolean {
    const ofDatabase = this.served.filter((guest) => guest.database === database).length;
    return this.#served.size < this.#limits.max && ofDatabase < this.#limits.maxPerDatabase;
  }
}
