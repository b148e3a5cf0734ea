/** Keeps a value, and lets the oldest entry go when there are more than `limit`. */
export function remember<K, V>(
  map: Map<K, V>,
  key: K,
  { value, limit }: { readonly value: V; readonly limit: number },
): void {
  map.set(key, value);
  if (map.size <= limit) return;
  const { value: oldest } = map.keys().next() as { readonly value: K };
  map.delete(oldest);
}
