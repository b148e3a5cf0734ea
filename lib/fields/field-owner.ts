/** What a field asks of the model it belongs to. */
export interface FieldOwner {
  /** Such as `res.partner`. */
  readonly model: string;
  /** Such as `res_partner`; unquoted. */
  readonly table: string;
  /** The module whose definition is the last word on the field. */
  readonly module: string;
  /** The slot of a field in the model's cached rows. */
  slotOf(field: string): number;
}
