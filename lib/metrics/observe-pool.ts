import type { Attributes, Histogram, Meter, ObservableResult } from '@opentelemetry/api';
import type { ConnectionPool } from '../pool/connection-pool.js';
import type { BorrowReport, ConnectReport, GiveBackReport } from '../pool/pool-events.js';
import type { PoolMetrics } from '../pool/pool-metrics.js';

type CountName = Exclude<keyof PoolMetrics, `${string}_time` | 'db.client.connection.count'>;

const prefix = 'db.client.connection';
const units: Readonly<Record<CountName, string>> = {
  'db.client.connection.idle.max': '{connection}',
  'db.client.connection.idle.min': '{connection}',
  'db.client.connection.max': '{connection}',
  'db.client.connection.pending_requests': '{request}',
  'db.client.connection.timeouts': '{timeout}',
};

/**
 * Reports a pool to OpenTelemetry, by the semantic conventions for database clients: `db.client.connection.count` by
 * state, `.max`, `.idle.max`, `.idle.min`, `.pending_requests`, `.timeouts`, and the histograms `.create_time`,
 * `.wait_time` and `.use_time` in seconds, all with the pool's name as `db.client.connection.pool.name`.
 *
 * ```ts
 * const stop = observePool(app.get(ConnectionPool), metrics.getMeter('shop'));
 * ```
 * @returns a function that ends the reports
 */
export function observePool(pool: ConnectionPool, meter: Meter): () => void {
  const attributes: Attributes = { [`${prefix}.pool.name`]: pool.name };
  const stops = [observeStates(pool, { meter, attributes }), recordTimes(pool, { meter, attributes })];
  for (const name of Object.keys(units) as CountName[]) stops.push(observeCount(pool, { meter, attributes, name }));
  return () => {
    for (const stop of stops) stop();
  };
}

interface Surroundings {
  readonly meter: Meter;
  readonly attributes: Attributes;
}

function observeStates(pool: ConnectionPool, { meter, attributes }: Surroundings): () => void {
  const counter = meter.createObservableUpDownCounter(`${prefix}.count`, { unit: '{connection}' });
  const observe = (result: ObservableResult): void => {
    const { idle, used } = pool.metrics()[`${prefix}.count`];
    result.observe(idle, { ...attributes, [`${prefix}.state`]: 'idle' });
    result.observe(used, { ...attributes, [`${prefix}.state`]: 'used' });
  };
  counter.addCallback(observe);
  return () => counter.removeCallback(observe);
}

function observeCount(
  pool: ConnectionPool,
  { meter, attributes, name }: Surroundings & { readonly name: CountName },
): () => void {
  const options = { unit: units[name] };
  const isMonotonic = name === `${prefix}.timeouts`;
  const counter = isMonotonic
    ? meter.createObservableCounter(name, options)
    : meter.createObservableUpDownCounter(name, options);
  const observe = (result: ObservableResult): void => result.observe(pool.metrics()[name], attributes);
  counter.addCallback(observe);
  return () => counter.removeCallback(observe);
}

function recordTimes(pool: ConnectionPool, { meter, attributes }: Surroundings): () => void {
  const histogram = (name: 'create_time' | 'wait_time' | 'use_time'): Histogram => {
    const { bounds } = pool.metrics()[`${prefix}.${name}`];
    return meter.createHistogram(`${prefix}.${name}`, {
      unit: 's',
      advice: { explicitBucketBoundaries: [...bounds] },
    });
  };
  const [created, waited, used] = [histogram('create_time'), histogram('wait_time'), histogram('use_time')];
  const onConnect = ({ createMs }: ConnectReport): void => created.record(createMs / 1_000, attributes);
  const onBorrow = ({ waitedMs }: BorrowReport): void => waited.record(waitedMs / 1_000, attributes);
  const onGiveBack = ({ heldMs }: GiveBackReport): void => used.record(heldMs / 1_000, attributes);
  pool.on('connect', onConnect).on('borrow', onBorrow).on('giveBack', onGiveBack);
  return () => void pool.off('connect', onConnect).off('borrow', onBorrow).off('giveBack', onGiveBack);
}
