/** `orderCount` → `order_count`, `taxID` → `tax_id`, `HTMLBody` → `html_body`, `res.partner` → `res_partner`. */
export function snakeCase(name: string): string {
  // Most names have nothing to change, and a registry asks for thousands.
  if (/^[a-z0-9_]*$/.test(name)) return name;
  return name
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1_$2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1_$2')
    .replace(/[.\-\s]+/g, '_')
    .toLowerCase();
}

/** What people read when a field was given no label: `orderCount` → `Order count`. */
export function humanise(name: string): string {
  const words = snakeCase(name).replaceAll('_', ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
