import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '../../support/seeded-random.js';

/** How long a client waits for an answer before it counts as none, in ms. */
const PATIENCE_MS = 30_000;
/** A client that was told to come again does so after this, in ms. */
const AGAIN_AFTER_MS = 50;

export interface Transfer {
  readonly from: number;
  readonly to: number;
  readonly amount: string;
  readonly key: string;
}

/** One request and what came of it. */
export interface Exchange {
  readonly client: number;
  readonly key: string;
  /** `performance.now()` when it was sent, and when the whole answer was there. */
  readonly sentMs: number;
  readonly answeredMs: number;
  /** `lost`: the connection broke; `silent`: nothing came at all. */
  readonly status: number | 'lost' | 'silent';
  readonly retryAfter: string | null;
  readonly text: string;
}

export interface CrowdOptions {
  readonly url: string;
  readonly accounts: readonly number[];
  readonly clients: number;
  /** Begins every key. */
  readonly prefix: string;
  readonly seed: number;
}

/** Answers that are the last word on their key: made before, made now, refused. */
export const FINAL: readonly Exchange['status'][] = [200, 201, 422];

function isFinal({ status }: Exchange): boolean {
  return FINAL.includes(status);
}

/** Whether an answer says that the transfer is made. */
export function isAcknowledged({ status }: Exchange): boolean {
  return status === 200 || status === 201;
}

/** Clients that transfer money, one transfer after the other, each sent with the same key until the answer is final. */
export class TransferCrowd {
  readonly exchanges: Exchange[] = [];
  readonly transfers = new Map<string, Transfer>();
  readonly #options: CrowdOptions;
  readonly #working: Promise<unknown>;
  /** By client, when its last final answer came. */
  readonly #lastServedMs: number[];
  #isOver = false;

  constructor(options: CrowdOptions) {
    this.#options = options;
    this.#lastServedMs = Array<number>(options.clients).fill(Number.NEGATIVE_INFINITY);
    this.#working = Promise.all(this.#lastServedMs.map((_, client) => this.#work(client)));
  }

  /** Waits until every client got a final answer after this moment, at most so many ms. */
  async servedSince(momentMs: number, withinMs: number): Promise<void> {
    const deadlineMs = performance.now() + withinMs;
    while (performance.now() < deadlineMs && this.#lastServedMs.some((servedMs) => servedMs < momentMs)) await sleep(5);
  }

  /** How long after this moment each client got its first final answer, in ms; the longest of them. */
  longestWaitSince(momentMs: number): number {
    const first = this.#lastServedMs.map(() => Number.POSITIVE_INFINITY);
    for (const exchange of this.exchanges) {
      const waitedMs = exchange.answeredMs - momentMs;
      if (waitedMs < 0 || !isFinal(exchange)) continue;
      first[exchange.client] = Math.min(first[exchange.client]!, waitedMs);
    }
    return Math.max(...first);
  }

  /** No new transfers; waits until those that were begun have their final answers. */
  async finish(): Promise<void> {
    this.#isOver = true;
    await this.#working;
  }

  async #work(client: number): Promise<void> {
    const { accounts, prefix, seed } = this.#options;
    const random = new SeededRandom(seed * 1_000 + client);
    for (let number = 0; !this.#isOver; number++) {
      const from = random.below(accounts.length);
      const to = (from + 1 + random.below(accounts.length - 1)) % accounts.length;
      const amount = (1 + random.below(2_000) / 100).toFixed(2);
      const key = `${prefix} ${client} ${number}`;
      const transfer = { from: accounts[from]!, to: accounts[to]!, amount, key };
      this.transfers.set(key, transfer);
      let exchange = await this.#send(client, transfer);
      while (!isFinal(exchange)) {
        await sleep(AGAIN_AFTER_MS);
        exchange = await this.#send(client, transfer);
      }
      this.#lastServedMs[client] = exchange.answeredMs;
    }
  }

  async #send(client: number, transfer: Transfer): Promise<Exchange> {
    const sentMs = performance.now();
    const answer = await post(`${this.#options.url}/transfers`, transfer);
    const exchange = { client, key: transfer.key, sentMs, answeredMs: performance.now(), ...answer };
    this.exchanges.push(exchange);
    return exchange;
  }
}

async function post(url: string, body: object): Promise<Pick<Exchange, 'status' | 'retryAfter' | 'text'>> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await response.text();
    return { status: response.status, retryAfter: response.headers.get('retry-after'), text };
  } catch (error) {
    const isSilence = error instanceof Error && error.name === 'TimeoutError';
    return { status: isSilence ? 'silent' : 'lost', retryAfter: null, text: '' };
  }
}
