import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { PoolTimeoutError } from '../../lib/errors/pool-errors.js';
import { observePool } from '../../lib/opentelemetry.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import { PoolJournal } from '../../lib/pool/pool-journal.js';
import type { PoolOptions } from '../../lib/pool/pool-options.js';
import { openWireTap, type WireTap } from '../cursor/wire-tap.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let tap: WireTap;
let pool: ConnectionPool;

beforeAll(async () => {
  database = await createTestDatabase('outside');
  tap = await openWireTap(database.url);
});
afterEach(async () => {
  vi.useRealTimers();
  tap.up();
  await pool.end({ timeout: 0 });
});
afterAll(async () => {
  await tap.close();
  await database.drop();
});

function open(options: PoolOptions = {}): ConnectionPool {
  return (pool = new ConnectionPool(options));
}

/** One connection borrowed twice, the second time after a wait; one borrower waits in vain. */
async function use(): Promise<void> {
  const first = await pool.borrow({ url: tap.url });
  const second = pool.borrow({ url: tap.url });
  await expect(pool.borrow({ url: tap.url }, { timeout: 20 })).rejects.toBeInstanceOf(PoolTimeoutError);
  pool.giveBack(first);
  pool.giveBack(await second);
}

describe('the metrics of a pool', () => {
  it('have the names and units of OpenTelemetry', async () => {
    open({ max: 1, applicationName: 'shop' });
    await use();
    const lease = await pool.borrow({ url: tap.url });
    const metrics = pool.metrics();
    pool.giveBack(lease);
    expect(metrics).toMatchObject({
      'db.client.connection.count': { idle: 0, used: 1 },
      'db.client.connection.idle.max': 1,
      'db.client.connection.idle.min': 0,
      'db.client.connection.max': 1,
      'db.client.connection.pending_requests': 0,
      'db.client.connection.timeouts': 1,
      'db.client.connection.create_time': { count: 1 },
      'db.client.connection.wait_time': { count: 3 },
      'db.client.connection.use_time': { count: 2 },
    });
    const { sum, bounds, buckets } = metrics['db.client.connection.wait_time'];
    expect(sum).toBeGreaterThan(0.015);
    expect(sum).toBeLessThan(5);
    expect(buckets).toHaveLength(bounds.length + 1);
    expect(buckets.reduce((total, one) => total + one)).toBe(3);
  });

  it('reach a meter of OpenTelemetry, until told to stop', async () => {
    open({ max: 1, applicationName: 'shop' });
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const provider = new MeterProvider({ readers: [reader] });
    const stop = observePool(pool, provider.getMeter('test'));
    await use();
    await reader.forceFlush();
    const points = exporter.getMetrics().flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) =>
        metrics.flatMap(({ descriptor, dataPoints }) =>
          dataPoints.map(({ value, attributes }) => ({
            name: descriptor.name,
            unit: descriptor.unit,
            value,
            attributes,
          })),
        ),
      ),
    );
    const attributes = { 'db.client.connection.pool.name': 'shop' };
    const find = (name: string): unknown => points.find((point) => point.name === `db.client.connection.${name}`);
    expect(find('max')).toEqual({ name: 'db.client.connection.max', unit: '{connection}', value: 1, attributes });
    expect(find('timeouts')).toMatchObject({ unit: '{timeout}', value: 1 });
    expect(find('pending_requests')).toMatchObject({ unit: '{request}', value: 0 });
    expect(find('create_time')).toMatchObject({ unit: 's', value: { count: 1 }, attributes });
    expect(find('wait_time')).toMatchObject({ unit: 's', value: { count: 2 } });
    expect(find('use_time')).toMatchObject({ unit: 's', value: { count: 2 } });
    const states = points.filter(({ name }) => name === 'db.client.connection.count');
    expect(states.map(({ value, attributes: { 'db.client.connection.state': state } }) => [state, value])).toEqual([
      ['idle', 1],
      ['used', 0],
    ]);
    stop();
    await use();
    exporter.reset();
    await reader.forceFlush();
    const later = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
    const created = later.find(({ descriptor }) => descriptor.name === 'db.client.connection.use_time');
    expect(created?.dataPoints).toMatchObject([{ value: { count: 2 } }]);
    await provider.shutdown();
  });
});

describe('what happens in a pool', () => {
  it('is told on diagnostics channels, with the name of the pool', async () => {
    open({ max: 1, applicationName: 'shop' });
    const names = ['borrow', 'give-back', 'connect', 'close', 'timeout'];
    const heard: [string, unknown][] = [];
    const listeners = names.map((name) => (message: unknown) => void heard.push([name, message]));
    names.forEach((name, index) => subscribe(`nest-registry:pool.${name}`, listeners[index]!));
    await use();
    await pool.end();
    names.forEach((name, index) => unsubscribe(`nest-registry:pool.${name}`, listeners[index]!));
    expect(heard.map(([name]) => name)).toEqual([
      'connect',
      'borrow',
      'timeout',
      'give-back',
      'borrow',
      'give-back',
      'close',
    ]);
    for (const [, message] of heard)
      expect(message).toMatchObject({ pool: 'shop', target: expect.any(String) as string });
    expect(JSON.stringify(heard)).not.toContain(new URL(tap.url).password || 'postgres://');
  });

  it('does not stop for a listener that fails: its error is an uncaught one', async () => {
    open({ max: 1 });
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    const uncaught = new Promise((resolve) => process.once('uncaughtException', resolve));
    const failure = new Error('a listener failed');
    pool.on('connect', () => {
      throw failure;
    });
    const lease = await pool.borrow({ url: tap.url });
    expect((await lease.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    pool.giveBack(lease);
    expect(await uncaught).toBe(failure);
    for (const other of others) process.on('uncaughtException', other);
  });
});

describe('the journal of a pool', () => {
  const openJournal = (): { readonly lines: string[]; readonly journal: PoolJournal } => {
    const lines: string[] = [];
    const journal = new PoolJournal(pool, {
      info: (message) => void lines.push(`info ${message}`),
      warn: (message) => void lines.push(`warn ${message}`),
    });
    return { lines, journal };
  };

  it('has nothing to say of a pool that is well', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    open({ max: 2 });
    const { lines, journal } = openJournal();
    pool.giveBack(await pool.borrow({ url: tap.url }));
    vi.advanceTimersByTime(60_000);
    journal.stop();
    expect(lines).toEqual([]);
  });

  it('has a line at most every 10 s while borrowers get nothing in time', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    open({ max: 1 });
    const { lines, journal } = openJournal();
    await use();
    await use();
    vi.advanceTimersByTime(60_000);
    journal.stop();
    expect(lines).toEqual([
      'warn In the last 10 s 2 got no connection in time. Pool of 1: 0 borrowed; 1 idle; 0 connecting; 0 waiting.',
    ]);
  });

  it('tells when a target is lost, why, and when it is back', async () => {
    open({ max: 1 });
    const { lines, journal } = openJournal();
    tap.down();
    const waiting = pool.borrow({ url: tap.url });
    await expect.poll(() => lines.length).toBe(1);
    tap.up();
    pool.giveBack(await waiting);
    journal.stop();
    expect(lines[0]).toMatch(
      /^warn Cannot connect to outside_\w+ on 127\.0\.0\.1:\d+: .+ Whoever wants it waits .+ 1 waiting\.$/,
    );
    expect(lines[1]).toMatch(/^info outside_\w+ on 127\.0\.0\.1:\d+ can be reached again, after \d+\.\d s\.$/);
    expect(lines).toHaveLength(2);
  });

  it('tells where a connection was borrowed that is out for too long', async () => {
    open({ max: 1, leakThreshold: 20 });
    const { lines, journal } = openJournal();
    const lease = await pool.borrow({ url: tap.url });
    await expect.poll(() => lines.length).toBe(1);
    pool.giveBack(lease);
    journal.stop();
    expect(lines[0]).toMatch(/^warn A connection to .+ has been out for 0\.0 s\. It was borrowed here:\n/);
    expect(lines[0]).toContain('seen-from-outside.test.ts');
  });
});
