/**
 * Order of two texts by code points, which is PostgreSQL's under a C collation: JavaScript compares UTF-16 units, and
 * there a pair of surrogates sorts before U+E000 to U+FFFF.
 */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left === right) continue;
    if (left >= 0xd800 && right >= 0xd800) {
      // Surrogates stand for what lies above all other units.
      const leftRank = left <= 0xdfff ? left + 0x2000 : left - 0x800;
      const rightRank = right <= 0xdfff ? right + 0x2000 : right - 0x800;
      return leftRank < rightRank ? -1 : 1;
    }
    return left < right ? -1 : 1;
  }
  return a.length < b.length ? -1 : 1;
}

/** What PostgreSQL's text cannot hold, as a phrase for an error; null when it can. */
export function unstorable(text: string): string | null {
  if (text.includes('\0')) return 'text with a NUL character';
  return /\p{Surrogate}/u.test(text) ? 'text with half a surrogate pair' : null;
}

/** Characters as PostgreSQL counts them: code points. */
export function characterCount(text: string): number {
  let count = text.length;
  for (let index = 1; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 0xdc00 && unit <= 0xdfff) count--;
  }
  return count;
}
