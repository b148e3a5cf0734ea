/** The parts of a request that a handler may change. */
interface Input {
  body?: unknown;
  params?: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** What came with a request, kept as it was first received for a handler that may run again. */
export class RequestInput {
  readonly #request: Input;
  readonly #body: unknown;
  readonly #params: unknown;
  readonly #isCopied: boolean;
  readonly #isTooDeep: boolean;

  constructor(request: unknown) {
    this.#request = (typeof request === 'object' && request !== null ? request : {}) as Input;
    const { body, params } = this.#request;
    this.#isTooDeep = isDeep(body, DEEPEST);
    this.#isCopied = !this.#isTooDeep && (isPlain(body) || isPlain(params));
    this.#body = this.#isCopied ? copyOf(body) : undefined;
    this.#params = isPlain(params) ? { ...params } : params;
  }

  /** Whether it can be handed out a second time: a body that nobody has parsed is a stream, which can be read once. */
  get isRepeatable(): boolean {
    if (this.#isTooDeep) return false;
    const { headers = {} } = this.#request;
    if (this.#request.body !== undefined && !isMultipart(headers['content-type'])) return true;
    const length = headers['content-length'];
    return headers['transfer-encoding'] === undefined && (length === undefined || length === '0');
  }

  /** Hands everything out as it was first received. */
  restore(): void {
    if (!this.#isCopied) return;
    if (isPlain(this.#body)) this.#request.body = copyOf(this.#body);
    if (isPlain(this.#params)) this.#request.params = { ...this.#params };
  }
}

/** A body nested deeper than this is handed out once: a client must not choose how deep we recurse. */
const DEEPEST = 100;

function isDeep(value: unknown, left: number): boolean {
  if (!isPlain(value)) return false;
  if (left === 0) return true;
  for (const member of Object.values(value)) if (isDeep(member, left - 1)) return true;
  return false;
}

/** A deep copy of plain data. By hand: `structuredClone` costs more than the rest of a small request's preparation. */
function copyOf(value: unknown): unknown {
  if (!isPlain(value)) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  if (Object.getPrototypeOf(value) === null) return Object.assign(Object.create(null) as object, copiedMembers(value));
  return copiedMembers(value);
}

function copiedMembers(value: object): Record<string, unknown> {
  // Spread defines what it copies: a client may send a key `__proto__`, which must stay one.
  const copy: Record<string, unknown> = { ...value };
  for (const name of Object.keys(copy)) {
    const member = copy[name];
    if (isPlain(member))
      Object.defineProperty(copy, name, {
        value: copyOf(member),
        writable: true,
        enumerable: true,
        configurable: true,
      });
  }
  return copy;
}

/** What a parser makes of JSON or a form; anything else is passed on as it is. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isMultipart(type: unknown): boolean {
  return typeof type === 'string' && type.startsWith('multipart/');
}
