/** What the runner asks of a subject's process; one answer each, in order. */
export type Order =
  | { readonly do: 'open'; readonly url: string }
  | { readonly do: 'open-pool'; readonly url: string }
  | { readonly do: 'serve'; readonly url: string }
  | { readonly do: 'work'; readonly caseName: string; readonly sampleMs: number }
  | { readonly do: 'cpu' }
  | { readonly do: 'profile-start' }
  | { readonly do: 'profile-stop' }
  | { readonly do: 'close' };

export type Answer = { readonly value: unknown } | { readonly error: string };

/** One measurement: per unit of work, request or borrow. */
export interface Sample {
  readonly count: number;
  readonly microseconds: number;
  /** CPU time of the subject's process. */
  readonly cpuMicroseconds: number;
}

/** One part of a measurement. */
export interface Slice extends Sample {
  /** How long each borrower waited, in no order; microseconds. */
  readonly waits?: Float64Array | undefined;
}
