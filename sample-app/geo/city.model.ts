import { BaseModel, Model, fields, index, type One } from 'nest-registry';
import type { CityDto } from './city.dto.js';
import { Country } from './country.model.js';

// The index serves the largest cities of a country, and their number.
@Model('geo.city', { order: 'name', log: false, constraints: [index(['country', 'population'])] })
export class City extends BaseModel<City> {
  // A trigram index finds text in the middle of a name.
  @fields.Char({ required: true, index: 'trigram' }) name!: string;
  @fields.Many2one(() => Country, { required: true }) country!: One<Country>;
  @fields.Integer({ required: true }) population!: number;
  @fields.Float({ required: true }) latitude!: number;
  @fields.Float({ required: true }) longitude!: number;
  /** The number that GeoNames gives the place, by which an import knows what it has brought already. */
  @fields.Integer({ required: true, unique: true }) geonameId!: number;

  toView(): CityDto {
    const { id, name, country, population, latitude, longitude } = this;
    return { id, name, country: { code: country!.code, name: country!.name }, population, latitude, longitude };
  }
}

declare module 'nest-registry' {
  interface Models {
    'geo.city': City;
  }
}
