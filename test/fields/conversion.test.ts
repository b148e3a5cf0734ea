import { describe, expect, it } from 'vitest';
import { FieldValueError, UsageError } from '../../lib/errors/use-errors.js';
import type { Field } from '../../lib/fields/field.js';
import type { EnvironmentFace } from '../../lib/types/records.js';
import { Decimal } from '../../lib/util/decimal.js';
import { SeededRandom } from '../support/seeded-random.js';
import { field } from './support.js';

function refusal(of: Field, value: unknown): FieldValueError {
  try {
    of.convert(value);
  } catch (error) {
    if (error instanceof FieldValueError) return error;
    throw error;
  }
  throw new Error('the value was taken');
}

const env = { uid: 7 } as unknown as EnvironmentFace;

describe('values that a field cannot hold', () => {
  const standard = { version: 1, vendor: 'test' } as const;
  const schema = {
    '~standard': {
      ...standard,
      validate: (value: unknown) =>
        typeof value === 'object' && value !== null && 'qty' in value
          ? { value: { ...value, checked: true } }
          : { issues: [{ message: 'is missing', path: ['qty'] }] },
    },
  };
  const selection = { draft: 'Draft', done: 'Done' };
  const cases: readonly [what: string, field: Field, values: readonly unknown[]][] = [
    ['text', field('char'), [5, true, {}, ['x'], 'a\0b', 'half \uD83D', new Date()]],
    ['text of at most 3 characters', field('char', { size: 3 }), ['abcd', '😀😀😀😀']],
    ['whole numbers of 32 bits', field('integer'), [1.5, NaN, Infinity, 2147483648, -2147483649, '5', 5n, true]],
    [
      'whole numbers of 64 bits',
      field('bigint'),
      [2 ** 53, 1.5, '1.5', '', 'x', 1n << 63n, '9'.repeat(50_000), '0x10'],
    ],
    ['finite numbers', field('float'), [NaN, Infinity, -Infinity, '1', 1n]],
    ['numbers of two digits before the point', field('float', { digits: [4, 2] }), [100, -100, 99.995]],
    [
      'decimal numbers',
      field('decimal'),
      ['', '1,5', '0x10', ' 1', 'NaN', NaN, Infinity, '1e9999', {}, true, '1'.repeat(3000)],
    ],
    [
      'decimal numbers of two places',
      field('decimal', { digits: [5, 2] }),
      ['1.005', 0.001, '1000', new Decimal('-1000')],
    ],
    ['true or false', field('boolean'), ['true', 1, 0, 'f', {}]],
    [
      'days',
      field('date'),
      [
        '2023-02-29',
        '1900-02-29',
        '2024-13-01',
        '2024-00-10',
        '2024-04-31',
        '0000-01-01',
        '24-01-01',
        '2024-1-1',
        '2024-01-01T00:00',
        new Date(),
        20240101,
      ],
    ],
    [
      'instants',
      field('datetime'),
      [
        'yesterday',
        '2024-02-30T00:00:00Z',
        '2024-01-01T24:01:00Z',
        '2024-01-01T00:60Z',
        '01/02/2024',
        new Date(NaN),
        0,
        '0001-01-01T00:00+05:00',
        new Date('+010000-01-01T00:00:00Z'),
      ],
    ],
    ['values of a selection', field('selection', {}, { selection }), ['Draft', '', 'constructor', 1, ['draft']]],
    ['UUIDs', field('uuid'), ['', '0190163d8694739baea5966c26f8ad91', 'g190163d-8694-739b-aea5-966c26f8ad91', 7]],
    ['bytes', field('binary'), ['YWJj', [1, 2], new ArrayBuffer(2)]],
    ['JSON', field('json'), [1n, NaN, [Infinity], 'a\0', { 'k\0': 1 }, { deep: ['\uDE00'] }, () => 1, Symbol('x')]],
    ['what a schema accepts', field('json', { schema }), [{}, 5, 'x']],
    ['ids', field('many2one', {}, { target: () => 'x' }), [0, -1, 1.5, '7', 2 ** 53, NaN, {}, [1], true]],
  ];

  for (const [what, kind, values] of cases) {
    it(`are refused by a field for ${what}, with model and field named`, () => {
      for (const value of values) {
        const error = refusal(kind, value);
        expect(error).toMatchObject({ code: 'FIELD_VALUE', model: 'res.thing', field: 'value' });
        expect(error.message).toContain('res.thing.value');
        expect(error.message.length).toBeLessThan(300);
      }
    });
  }

  it('are named when they are short, described when they are long, and never shown when the field is private', () => {
    expect(refusal(field('integer'), 'abc').message).toBe('res.thing.value takes a whole number, not "abc".');
    expect(refusal(field('integer'), 'abc'.repeat(1000)).message).toBe(
      'res.thing.value takes a whole number, not a text of 3000 characters.',
    );
    expect(refusal(field('integer', { private: true }), 'secret').message).toBe(
      'res.thing.value takes a whole number, not a string.',
    );
    expect(refusal(field('uuid', { private: true }), 'secret').message).not.toContain('secret');
  });

  it('say what to do where the mistake is a common one', () => {
    expect(refusal(field('date'), new Date()).hint).toContain('choose the zone');
    expect(refusal(field('decimal', { digits: [12, 2] }), '1.005').message).toContain('at most 2 decimal places');
    expect(refusal(field('json', { schema }), {}).message).toBe('res.thing.value: qty: is missing');
    expect(refusal(field('selection', {}, { selection }), 'x').message).toContain('one of "draft", "done"');
  });

  it('make a schema that answers by a promise a mistake of the server', () => {
    const later = { '~standard': { ...standard, validate: () => Promise.reject(new Error('late')) } };
    expect(() => field('json', { schema: later }).convert({})).toThrow(UsageError);
  });
});

describe('converted values', () => {
  it('count code points as PostgreSQL does', () => {
    expect(field('char', { size: 3 }).convert('😀😀😀')).toBe('😀😀😀');
  });

  it('round floats half away from zero on what people see', () => {
    const float = field('float', { digits: [10, 2] });
    expect([1.005, -1.005, 2.675, 1.115, 0.285, 1e-9, 12345678.125].map((value) => float.convert(value))).toEqual([
      1.01, -1.01, 2.68, 1.12, 0.29, 0, 12345678.13,
    ]);
    expect(Object.is(float.convert(-0.001), 0)).toBe(true);
    expect(Object.is(field('integer').convert(-0), 0)).toBe(true);
    expect(field('decimal').toJson(field('decimal').convert('-0'))).toBe('0');
  });

  it('are copies: what the caller changes later changes nothing', () => {
    const date = new Date(0);
    const kept = field('datetime').convert(date) as Date;
    date.setTime(1);
    expect(kept.getTime()).toBe(0);
    const bytes = Buffer.from('abc');
    const keptBytes = field('binary').convert(bytes) as Buffer;
    bytes[0] = 0;
    expect(keptBytes.toString()).toBe('abc');
    const data = { list: [1] };
    const keptData = field('json').convert(data) as typeof data;
    data.list.push(2);
    expect(keptData).toEqual({ list: [1] });
    expect(Object.isFrozen(keptData.list)).toBe(true);
    expect(Object.isFrozen(data)).toBe(false);
  });

  it('take what a schema makes of them, and null for JSON null', () => {
    const schema = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value: unknown) => ({ value: value === 'none' ? null : [value] }),
      },
    };
    expect(field('json', { schema }).convert(1)).toEqual([1]);
    expect(field('json', { schema }).convert('none')).toBe(null);
  });

  it('read the server’s decimals exactly as decimal.js does', () => {
    const parse = field('decimal').parse!;
    const ends = ['0', '1', '9', '10', '9999999', '10000000', '123456789012345678901234567890'];
    const places = ['', '.0', '.5', '.05', '.10', '.0000001', '.1234567', '.00000001', '.12345678'];
    const texts = ['NaN', 'Infinity', '1e3', ...ends.flatMap((end) => places.map((place) => end + place))];
    const random = new SeededRandom(2_000);
    for (let index = 0; index < 2_000; index++) texts.push((random.next() * 10 ** (index % 12)).toFixed(index % 9));
    for (const text of texts.flatMap((one) => [one, `-${one}`])) {
      const [read, expected] = [parse(text) as Decimal, new Decimal(text)];
      expect([read.s, read.e, read.d], `"${text}" (seed ${random.seed})`).toEqual([expected.s, expected.e, expected.d]);
    }
  });

  it('turn into JSON without losing digits', () => {
    const decimal = field('decimal', { digits: [12, 2] });
    expect(decimal.toJson(decimal.convert(10))).toBe('10.00');
    expect(field('decimal').toJson(new Decimal('1e21'))).toBe('1000000000000000000000');
    expect(JSON.stringify({ sum: new Decimal('1e21').plus('0.0000000001') })).toBe(
      '{"sum":"1000000000000000000000.0000000001"}',
    );
    expect(field('bigint').toJson(9007199254740993n)).toBe('9007199254740993');
    expect(field('datetime').toJson(new Date(7))).toBe('1970-01-01T00:00:00.007Z');
    expect(field('binary').toJson(Buffer.from('abc'))).toBe('YWJj');
    expect(field('boolean').toJson(null)).toBe(false);
  });

  it('come from decimals of any copy of the library', async () => {
    const { Decimal: other } = await import('decimal.js');
    expect(field('decimal').equal(field('decimal').convert(new other('1.50')), new Decimal('1.5'))).toBe(true);
    expect(new Decimal(1)).toBeInstanceOf(other);
  });
});

describe('defaults', () => {
  it('are asked for each record and converted', () => {
    expect(field('char', { default: (given: EnvironmentFace) => `user ${given.uid}` }).defaultFor(env)).toBe('user 7');
    expect(field('char', { default: () => undefined }).defaultFor(env)).toBe(null);
    expect(field('decimal', { default: '1.5' }).defaultFor(env)).toEqual(new Decimal('1.5'));
    expect(field('boolean').defaultFor(env)).toBe(false);
    expect(field('char').defaultFor(env)).toBe(null);
    expect(() => field('integer', { default: () => 'x' }).defaultFor(env)).toThrow(FieldValueError);
  });

  it('are never one object for two records that could change it', () => {
    const json = field('json', { default: { list: [] } });
    expect(Object.isFrozen((json.defaultFor(env) as { list: unknown }).list)).toBe(true);
  });
});

describe('stored instants', () => {
  const parse = field('datetime').parse!;

  it('are read from every text the server writes', () => {
    for (const [text, iso] of [
      ['2024-01-02 03:04:05+00', '2024-01-02T03:04:05.000Z'],
      ['2024-01-02 03:04:05.6+00', '2024-01-02T03:04:05.600Z'],
      ['2024-01-02 03:04:05.067-08', '2024-01-02T11:04:05.067Z'],
      ['2024-01-02 03:04:05.123456+09', '2024-01-01T18:04:05.123Z'],
      ['2024-01-02 03:04:05+05:30', '2024-01-01T21:34:05.000Z'],
      ['1883-11-18 04:07:02.001-07:52:58', '1883-11-18T12:00:00.001Z'],
      ['0099-06-01 00:00:00+00', '0099-06-01T00:00:00.000Z'],
      ['10000-01-01 00:00:00+00', '+010000-01-01T00:00:00.000Z'],
      ['0001-01-01 00:00:00+00 BC', '0000-01-01T00:00:00.000Z'],
      ['infinity', '+275760-09-13T00:00:00.000Z'],
      ['-infinity', '-271821-04-20T00:00:00.000Z'],
    ] as const) {
      expect((parse(text) as Date).toISOString(), text).toBe(iso);
    }
  });
});
