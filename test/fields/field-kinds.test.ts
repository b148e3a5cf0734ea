import { itKeepsTheFieldContract, type FieldKindExamples } from '../contracts/field-kind.contract.js';
import { Decimal } from '../../lib/util/decimal.js';
import { field } from './support.js';

const texts = [
  { value: '' },
  { value: ' lead' },
  { value: '"quoted", {braced}\\' },
  { value: 'NULL' },
  { value: 'a' },
  { value: 'ab' },
  { value: 'zoë\n' },
  { value: '\uFFFD' },
  { value: '😀' },
];

const kinds: readonly FieldKindExamples[] = [
  { title: 'Char', field: field('char'), ordered: texts },
  { title: 'Text', field: field('text'), ordered: texts },
  {
    title: 'Integer',
    field: field('integer'),
    ordered: [{ value: -2147483648 }, { value: -1 }, { value: 0, given: [-0] }, { value: 7 }, { value: 2147483647 }],
  },
  {
    title: 'BigInt',
    field: field('bigint'),
    ordered: [
      { value: -9223372036854775808n, given: ['-9223372036854775808'] },
      { value: 0n, given: [0, -0, '0', '-0'] },
      { value: 9007199254740993n, given: ['9007199254740993', '+9007199254740993'] },
      { value: 9223372036854775807n },
    ],
  },
  {
    title: 'Float',
    field: field('float'),
    ordered: [
      { value: -1e300 },
      { value: -0.1 },
      { value: 0, given: [-0] },
      { value: 5e-324 },
      { value: 0.1 + 0.2 },
      { value: 1e300 },
    ],
  },
  {
    title: 'Float with digits',
    field: field('float', { digits: [12, 2] }),
    ordered: [
      { value: -1.01, given: [-1.005] },
      { value: 0, given: [-0.001] },
      { value: 1.01, given: [1.005, 1.0149] },
      { value: 2.68, given: [2.675] },
    ],
  },
  {
    title: 'Decimal',
    field: field('decimal'),
    ordered: [
      { value: '-12345678901234567890123456789012345678901234567890.5' },
      { value: '0', given: [0, '-0', '0.000'] },
      { value: '0.00000000000000000000000000000000000000000000000001', given: ['1e-50'] },
      { value: '0.1', given: [0.1, '.1', '0.10'] },
      { value: new Decimal('1.5'), given: ['1.50', 1.5] },
      { value: 1000000000000000000000000n, given: ['1e24'] },
    ],
  },
  {
    title: 'Decimal with digits',
    field: field('decimal', { digits: [12, 2] }),
    ordered: [
      { value: '-9999999999.99' },
      { value: '0' },
      { value: '10', given: ['10.00', 10, '1e1'] },
      { value: '10.01' },
    ],
  },
  { title: 'Boolean', field: field('boolean'), ordered: [{ value: false }, { value: true }], sorts: false },
  {
    title: 'Date',
    field: field('date'),
    ordered: [
      { value: '0001-01-01' },
      { value: '1970-01-01' },
      { value: '2000-02-29' },
      { value: '2024-03-31' },
      { value: '9999-12-31' },
    ],
  },
  {
    title: 'Datetime',
    field: field('datetime'),
    ordered: [
      { value: '0001-01-01T00:00:00Z' },
      { value: new Date('1883-11-18T12:00:00.001Z') },
      { value: '1969-12-31T23:59:59.999Z' },
      {
        value: new Date(0),
        given: [
          '1970-01-01',
          '1970-01-01T00:00',
          '1970-01-01 00:00:00',
          '1970-01-01T05:30:00+05:30',
          '1969-12-31T19:00-0500',
        ],
      },
      { value: '2024-03-10T10:30:00.120Z', given: ['2024-03-10T10:30:00.1209Z', '2024-03-10T10:30:00.12Z'] },
      { value: '2024-03-31T01:30:00.007Z' },
      { value: '9999-12-31T23:59:59.999Z' },
    ],
  },
  {
    title: 'Selection',
    field: field('selection', {}, { selection: { draft: 'Draft', "it's": 'Quoted' } }),
    ordered: [{ value: 'draft' }, { value: "it's" }],
  },
  {
    title: 'Json',
    field: field('json'),
    ordered: [
      { value: [] },
      { value: 'a "text", {with} \\ everything' },
      { value: 'b' },
      { value: -1.5 },
      { value: 1e21 },
      { value: false },
      { value: true },
      { value: [{ a: null }] },
      { value: [1, 2], given: [[1, 2.0]] },
      { value: {} },
      { value: { b: 1, a: [2, { c: '😀' }] }, given: [{ a: [2, { c: '😀' }], b: 1, none: undefined }] },
      { value: { b: 1, aa: 2 } },
    ],
  },
  {
    title: 'Uuid',
    field: field('uuid'),
    ordered: [
      { value: '00000000-0000-0000-0000-000000000000' },
      { value: '0190163d-8694-739b-aea5-966c26f8ad91', given: ['0190163D-8694-739B-AEA5-966C26F8AD91'] },
      { value: 'ffffffff-ffff-ffff-ffff-ffffffffffff' },
    ],
  },
  {
    title: 'Binary',
    field: field('binary'),
    ordered: [
      { value: Buffer.alloc(0) },
      { value: Buffer.from([0, 0x5c, 0x22]), given: [Uint8Array.of(0, 0x5c, 0x22)] },
      { value: Buffer.from('zoë') },
    ],
  },
  {
    title: 'Many2one',
    field: field('many2one', {}, { target: () => 'res.thing' }),
    ordered: [{ value: 1, given: [1n] }, { value: 4294967296 }, { value: Number.MAX_SAFE_INTEGER }],
  },
];

for (const zone of ['UTC', 'Asia/Tokyo', 'America/Los_Angeles', 'Asia/Kolkata']) itKeepsTheFieldContract(kinds, zone);
