/** The two letters of a country as the database has them; null: what was given is no such code. */
export function readCountryCode(text: string): string | null {
  return /^[a-z]{2}$/i.test(text) ? text.toUpperCase() : null;
}
