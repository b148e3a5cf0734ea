import { BaseModel, Model, fields } from 'nest-registry';

/** What was imported completely. An import that was interrupted left no record here, so the next start goes on with it. */
@Model('geo.imported_data')
export class ImportedData extends BaseModel<ImportedData> {
  @fields.Char({ required: true, unique: true }) name!: string;
  /** At most so many records were wanted; null: all there are. */
  @fields.Integer() wanted!: number | null;
}

declare module 'nest-registry' {
  interface Models {
    'geo.imported_data': ImportedData;
  }
}
