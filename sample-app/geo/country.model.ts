import { BaseModel, Model, fields, sql, type Many } from 'nest-registry';
import type { CountryDto, CountryListItemDto } from './country.dto.js';
import { Currency } from './currency.model.js';
import { Language } from './language.model.js';

@Model('geo.country', { order: 'name', log: false })
export class Country extends BaseModel<Country> {
  /** Two letters of ISO 3166: `FR`. */
  @fields.Char({ required: true, size: 2, unique: true }) code!: string;
  @fields.Char({ required: true, index: true }) name!: string;
  @fields.Char({ required: true, index: true }) region!: string;
  @fields.Char() capital!: string | null;
  @fields.Many2many(() => Currency) currencies!: Many<Currency>;
  @fields.Many2many(() => Language) languages!: Many<Language>;
  // A relation of the model to itself: the two columns of its table need names of their own.
  @fields.Many2many(() => Country, { table: 'geo_country_neighbour', columns: ['country_id', 'neighbour_id'] })
  neighbours!: Many<Country>;

  @fields.Integer({ compute: 'countCities' }) cityCount!: number | null;
  @fields.BigInt({ compute: 'countCities' }) population!: bigint | null;

  /**
   * Fills both fields for all countries of a set with one query. They have no column on purpose: it would be written
   * again with every city. So they are asked for by name: `load: ['cityCount']`.
   */
  async countCities(this: Many<Country>): Promise<void> {
    const counts = await this.env.cursor.execute<{ country: bigint; cities: number; people: bigint }>(
      sql`SELECT country_id AS country, count(*)::int4 AS cities, sum(population) AS people
            FROM geo_city WHERE country_id = ANY(${this.ids}::int8[]) GROUP BY country_id`,
    );
    const byCountry = new Map(counts.map((count) => [Number(count.country), count]));
    for (const country of this) {
      const count = byCountry.get(country.id);
      country.cityCount = count?.cities ?? 0;
      country.population = count?.people ?? 0n;
    }
  }

  /** As a list shows it. */
  toListItem(): CountryListItemDto {
    return { id: this.id, code: this.code, name: this.name, region: this.region, cityCount: this.cityCount ?? 0 };
  }

  /** All but its largest cities, which are no part of the country's record. */
  toView(): Omit<CountryDto, 'largestCities'> {
    return {
      ...this.toListItem(),
      capital: this.capital,
      currencies: this.currencies.map(({ code, name }) => ({ code, name })),
      languages: this.languages.map(({ name }) => name),
      neighbours: this.neighbours.map(({ code, name }) => ({ code, name })),
      population: Number(this.population),
    };
  }
}

declare module 'nest-registry' {
  interface Models {
    'geo.country': Country;
  }
}
