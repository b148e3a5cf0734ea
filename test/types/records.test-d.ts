import type { AnyRecord, Environment, Many, One, Values } from 'nest-registry';
import { Decimal, and, not, or } from 'nest-registry';
import { Country } from './fixtures/country.js';
import { Partner } from './fixtures/partner.js';
import './fixtures/partner-sale.js';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function isExactly<T>() {
  return <U>(value: U, ...proof: Same<T, U> extends true ? [] : [never]): void => void [value, proof];
}

// A set has its model's methods and no scalar; a record has both.
export async function setsAndRecords(env: Environment, partner: Partner): Promise<void> {
  const partners = await env['res.partner'].search([['country.code', '=', 'US']], { load: ['country.name'], limit: 5 });
  isExactly<Many<Partner>>()(partners);
  isExactly<number>()(await partners.archive());
  isExactly<number>()(await partner.archive());
  // @ts-expect-error a scalar cannot be read on a set
  void partners.name.length;
  // @ts-expect-error nor can it be assigned
  partners.name = 'x';
  // @ts-expect-error there is no such model
  void env['res.partners'];
  for (const one of partners) {
    isExactly<string>()(one.name);
    isExactly<One<Country>>()(one.country);
    isExactly<number | null>()(one.saleCount);
    isExactly<number>()(one.childCount);
    // @ts-expect-error the country may be null
    void one.country.name;
    one.country?.partners.filter((neighbour) => neighbour.score! > 3).map((neighbour) => neighbour.name.length);
    // @ts-expect-error a getter is not assigned to
    one.label = 'x';
    one.country = partner.country;
    // @ts-expect-error an id is for values; a property takes the record
    one.country = 3;
  }
  const set: Many<Partner> = partner;
  isExactly<Partner | undefined>()(set.first());
  isExactly<Partner>()(set.one());
  isExactly<Partner | undefined>()(set.at(-1));
}

// Relations of a set are read with `mapped`; set operations keep the model.
export function operations(partners: Many<Partner>, partner: Partner, countries: Many<Country>): void {
  isExactly<Many<Country>>()(partners.mapped('country'));
  isExactly<Many<Partner>>()(partners.mapped('children'));
  // @ts-expect-error no such relation
  partners.mapped('countri');
  // @ts-expect-error a scalar is mapped with `map`
  partners.mapped('name');
  isExactly<Many<Partner>>()(partners.union(partner).minus(partners).intersect(partner));
  // @ts-expect-error records of another model
  partners.union(countries);
  isExactly<boolean>()(partners.includes(partner));
  isExactly<Many<Partner> | undefined>()(partners.groupBy('kind').get('person'));
  isExactly<Many<Partner> | undefined>()(partners.groupBy((one) => one.name.length).get(3));
  // @ts-expect-error a promise is always truthy
  partners.filter(async (one) => one.name === 'x');
  partners
    .filterBy([['country.code', '=', 'FR']])
    .sorted('name')
    .sorted((a, b) => a.id - b.id)
    .sorted();
  // @ts-expect-error no such field
  partners.sorted('nme');
}

// The same ids seen through another environment keep their type.
export function throughOtherEnvironments(partners: Many<Partner>, partner: Partner, env: Environment): void {
  isExactly<string>()(partner.sudo().name);
  isExactly<string>()(partner.withContext({ lang: 'fr_FR' }).withUser(7).withEnv(env).name);
  // @ts-expect-error still a set
  void partners.sudo().name.length;
}

// Domains check the path, the operator and the operand.
export async function domains(env: Environment, partner: Partner): Promise<void> {
  const partners = env.model(Partner);
  await partners.search([
    '|',
    ['country.code', '=', 'US'],
    ['score', '>', 3],
    ['children.children.name', 'ilike', 'x'],
  ]);
  await partners.search([
    ['createdAt', '>', new Date(0)],
    ['id', 'in', [1, 2]],
    ['displayName', 'ilike', 'x'],
  ]);
  await partners.search([
    ['country', '=', 3],
    ['parent', 'child_of', partner],
    ['country', '=', null],
  ]);
  await partners.search([
    ['balance', '>', '10.50'],
    ['balance', '<', new Decimal(3)],
    ['serial', '=', 3n],
  ]);
  await partners.search([
    ['kind', 'in', ['person', 'company']],
    ['email', '=', null],
    ['email', 'in', ['a', null]],
  ]);
  await partners.search([['children', 'any', [['name', '=', 'x']]]], { order: 'name desc', offset: 5 });
  await partners.search(or([['name', '=', 'x']], not([['score', '>', 3]])));
  await partners.search([['name', '=', 'x'], and([['score', '>', 3]], [['score', '<', 9]])], { limit: 3 });
  await partners.search([['children', 'any', or([['name', '=', 'x']])]]);
  partners.filterBy(or());
  // @ts-expect-error wrong operand
  await partners.search([['name', '=', 3]]);
  // @ts-expect-error no such field
  await partners.search([['nme', '=', 'x']]);
  // @ts-expect-error no such field at the end of the path
  await partners.search([['country.nme', '=', 'x']]);
  // @ts-expect-error no such operator
  await partners.search([['name', '~~', 'x']]);
  // @ts-expect-error not a value of the selection
  await partners.search([['kind', '=', 'robot']]);
  // @ts-expect-error no such option
  await partners.search([], { limits: 3 });
  await partners.searchCount([['country.code', 'in', ['FR', 'BE']]], { limit: 100 });
}

// Loading and reading follow written paths.
export async function loading(partners: Many<Partner>, partner: Partner): Promise<void> {
  isExactly<Many<Partner>>()(await partners.load('country.name', 'name', 'children.country.partners.name'));
  // @ts-expect-error no such field at the end of the path
  await partners.load('country.nam');
  // @ts-expect-error a scalar has nothing behind it
  await partners.load('name.length');
  const [row] = await partners.read('name', 'country.name', 'children.name', 'children.country.code');
  isExactly<number | undefined>()(row?.id);
  isExactly<string | undefined>()(row?.name);
  isExactly<string | undefined>()(row?.country?.name);
  isExactly<number | undefined>()(row?.country?.id);
  isExactly<(string | undefined)[] | undefined>()(row?.children.map((child) => child.country?.code));
  // @ts-expect-error it may have no country
  void row?.country.name;
  // @ts-expect-error not asked for
  void row?.email;
  const [plain] = await partner.read('country', 'children', 'createdAt');
  isExactly<number | null | undefined>()(plain?.country);
  isExactly<number[] | undefined>()(plain?.children);
  isExactly<Date | undefined>()(plain?.createdAt);
}

// Values take what a field converts, and ids besides records.
export async function values(env: Environment, partner: Partner, partners: Many<Partner>): Promise<void> {
  const country = await env.model(Country).create({ name: 'Utopia', code: 'UT' });
  isExactly<Country>()(country);
  const made = await env.model(Partner).create([
    { name: 'a', kind: 'person', country, balance: '3.50', serial: 7, seenAt: '2024-01-01T00:00:00Z' },
    { name: 'b', country: 3, children: { create: [{ name: 'c' }], update: [[partner, { score: 3 }]] } },
  ]);
  isExactly<Many<Partner>>()(made);
  await partners.write({ name: undefined, country: null, children: [1, partner] });
  await partner.write({ children: { add: [1, partner], remove: partners, delete: [3] } });
  await partner.write({ children: partners });
  // @ts-expect-error wrong type
  await partner.write({ name: 1 });
  // @ts-expect-error a required field has no null
  await partner.write({ name: null });
  // @ts-expect-error not a value of the selection
  await env.model(Partner).create({ name: 'x', kind: 'robot' });
  // @ts-expect-error not a change
  await partner.write({ children: { append: [1] } });
  // @ts-expect-error records of another model
  await partner.write({ country: partner });
  // @ts-expect-error no such field
  await partner.write({ nme: 'x' });
  const loose: Values<Partner> = { name: 'x' };
  await partner.write({ ...loose, score: 3 });
}

// The environment's class and what records hold are the same type.
declare function takesEnvironment(env: Environment): void;
export function environments(env: Environment, partner: Partner, anything: AnyRecord): void {
  takesEnvironment(partner.env);
  takesEnvironment(env.withUser(7).withContext({ lang: 'fr_FR', tz: undefined, mine: 3 }).sudo());
  isExactly<Many<Partner>>()(env.withUser(7)['res.partner']);
  isExactly<number>()(env.uid);
  // @ts-expect-error an environment does not change
  env.uid = 3;
  // @ts-expect-error a context does not change
  env.context.lang = 'fr_FR';
  // @ts-expect-error any record is no partner
  takesPartner(anything);
}
declare function takesPartner(partner: Partner): void;
