import { Injectable } from '@nestjs/common';
import { Environment, MissingError, and, type Many } from 'nest-registry';
import { orderOf, readOrder, type PageQuery } from '../http/page.js';
import type { CityListDto } from './city.dto.js';
import { City } from './city.model.js';
import { readCountryCode } from './country-code.js';
import type { CountryDto, CountryListDto } from './country.dto.js';
import { Country } from './country.model.js';

@Injectable()
export class GeoService {
  constructor(private readonly env: Environment) {}

  async listCountries(filter: { readonly region: string | undefined }, page: PageQuery): Promise<CountryListDto> {
    const countries = this.env.model(Country);
    const domain = and(filter.region === undefined ? [] : [['region', '=', filter.region]]);
    const { name, isDescending } = readOrder(page.order ?? '');
    if (name === 'cityCount') {
      const all = await countries.search(domain);
      const items = (await byCityCount(all, { isDescending })).map((country) => country.toListItem());
      return { items: items.slice(page.offset, page.offset + page.limit), total: all.length };
    }
    const order = orderOf(countries, 'geo.country', page);
    // Both are sent before either is answered: one round trip, not two.
    const [found, total] = await Promise.all([
      countries.search(domain, { limit: page.limit, offset: page.offset, order }),
      countries.searchCount(domain),
    ]);
    await found.load('cityCount');
    return { items: found.map((country) => country.toListItem()), total };
  }

  async findCountry(code: string): Promise<CountryDto> {
    const country = await this.countryOfCode(readCountryCode(code));
    if (country === undefined) throw new MissingError('There is no country with this code.', { model: 'geo.country' });
    const [largest] = await Promise.all([
      this.env.model(City).search([['country', '=', country.id]], { order: 'population desc', limit: 5 }),
      country.load('currencies', 'languages', 'neighbours', 'cityCount', 'population'),
    ]);
    const largestCities = largest.map(({ id, name, population }) => ({ id, name, population }));
    return { ...country.toView(), largestCities };
  }

  private async countryOfCode(code: string | null): Promise<Country | undefined> {
    if (code === null) return undefined;
    const [country] = await this.env.model(Country).search([['code', '=', code]]);
    return country;
  }

  async listCities(
    filter: { readonly q: string | undefined; readonly country: string | undefined },
    page: PageQuery,
  ): Promise<CityListDto> {
    const cities = this.env.model(City);
    const domain = and(
      // `ilike` looks for the text as it is: % and _ have no meaning of their own in it.
      filter.q === undefined ? [] : [['name', 'ilike', filter.q]],
      filter.country === undefined ? [] : [['country.code', '=', filter.country]],
    );
    const order = orderOf(cities, 'geo.city', page);
    const [found, total] = await Promise.all([
      cities.search(domain, { limit: page.limit, offset: page.offset, order, load: ['country'] }),
      cities.searchCount(domain),
    ]);
    return { items: found.map((city) => city.toView()), total };
  }
}

/** `cityCount` has no column that the database could order by; countries are few, so all of them are counted here. */
async function byCityCount(
  countries: Many<Country>,
  { isDescending }: { readonly isDescending: boolean },
): Promise<Many<Country>> {
  await countries.load('cityCount');
  const sign = isDescending ? -1 : 1;
  return countries.sorted((one, other) => sign * ((one.cityCount ?? 0) - (other.cityCount ?? 0)));
}
