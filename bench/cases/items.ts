/** One record's ten fields, as the subjects take them. */
export interface ItemValues {
  readonly name: string;
  readonly code: string;
  readonly email: string;
  readonly quantity: number;
  readonly rating: number;
  readonly price: string;
  readonly open: boolean;
  readonly day: string;
  readonly seen: Date;
  readonly country: number;
}

/** Records that a case reads, makes or changes. */
export const ITEMS = 1_000;
export const COUNTRIES = 50;

/** Values of the `number`th item, from 1. */
export function itemValues(number: number): ItemValues {
  return {
    name: `Item ${number}`,
    code: `C-${String(number).padStart(6, '0')}`,
    email: `item.${number}@example.com`,
    quantity: number,
    rating: number / 8,
    price: `${number}.50`,
    open: number % 2 === 0,
    day: `2026-03-${String(1 + (number % 28)).padStart(2, '0')}`,
    seen: new Date(1_767_225_600_000 + number * 61_000),
    country: 1 + (number % COUNTRIES),
  };
}

export const items: readonly ItemValues[] = Array.from({ length: ITEMS }, (_, index) => itemValues(index + 1));

export function countryName(id: number): string {
  return `Country ${id}`;
}

/** What touching three fields of an item gives. */
export function touched(item: { readonly name: string; readonly quantity: number; readonly open: boolean }): number {
  return item.name.length + item.quantity + (item.open ? 1 : 0);
}

/** What touching all items must give, so that no subject can leave work out. */
export function expectedSum(withCountry: boolean): number {
  return items.reduce((sum, item) => sum + touched(item) + (withCountry ? countryName(item.country).length : 0), 0);
}
