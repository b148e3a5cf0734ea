import type { Environment, Many, One } from 'nest-registry';
import { Country } from './fixtures/country.js';
import { Partner } from './fixtures/partner.js';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function isExactly<T>() {
  return <U>(value: U, ...proof: Same<T, U> extends true ? [] : [never]): void => void [value, proof];
}

// A group has what was asked for, under the name that was written, and nothing else.
export async function groups(env: Environment): Promise<void> {
  const partners = env.model(Partner);
  const [group] = await partners.readGroup([['country.code', '=', 'US']], {
    by: ['country', 'kind', 'createdAt:month', 'country.code'],
    aggregates: ['count', 'score:sum', 'score:avg', 'id:recordset', 'country:recordset', 'name:array'],
    having: [['count', '>', 1]],
    order: 'count desc, country',
  });
  isExactly<One<Country>>()(group!.country);
  isExactly<string | null>()(group!['createdAt:month']);
  isExactly<string | null>()(group!['country.code']);
  isExactly<number>()(group!.count);
  isExactly<number | null>()(group!['score:sum']);
  isExactly<number | null>()(group!['score:avg']);
  isExactly<Many<Partner>>()(group!['id:recordset']);
  isExactly<Many<Country>>()(group!['country:recordset']);
  isExactly<readonly (string | null)[]>()(group!['name:array']);
  // @ts-expect-error it was not asked for
  void group!.name;
  const [all] = await partners.readGroup([], { aggregates: ['count'] });
  isExactly<number>()(all!.count);
  const counted: readonly object[] = await partners.readGroup([]);
  void counted;
}

// What cannot be grouped by, or asked of a group, does not compile.
export async function mistakes(env: Environment): Promise<void> {
  const partners = env.model(Partner);
  // @ts-expect-error no such field
  await partners.readGroup([], { by: ['countri'] });
  // @ts-expect-error no such field behind the relation
  await partners.readGroup([], { by: ['country.cod'] });
  // @ts-expect-error no such span
  await partners.readGroup([], { by: ['createdAt:moth'] });
  // @ts-expect-error a number has no months
  await partners.readGroup([], { by: ['score:month'] });
  // @ts-expect-error a text has no sum
  await partners.readGroup([], { aggregates: ['name:sum'] });
  // @ts-expect-error a number is no recordset
  await partners.readGroup([], { aggregates: ['score:recordset'] });
  // @ts-expect-error records of a set are counted on the other side
  await partners.readGroup([], { aggregates: ['children:count'] });
  // @ts-expect-error no such aggregate
  await partners.readGroup([], { aggregates: ['score:summ'] });
  // @ts-expect-error no such field in the domain
  await partners.readGroup([['nme', '=', 'x']], { aggregates: ['count'] });
  // @ts-expect-error no such option
  await partners.readGroup([], { groupBy: ['kind'] });
}
