/** The four operators that match text against a pattern. */
export type LikeOperator = 'like' | 'ilike' | '=like' | '=ilike';

/** The pattern that PostgreSQL receives: the wrapping operators look for the text as it is, anywhere. */
export function likePattern(operator: LikeOperator, text: string): string {
  return operator.startsWith('=') ? text : `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

/** Whether the operator ignores case. */
export function ignoresCase(operator: LikeOperator): boolean {
  return operator.endsWith('ilike');
}

/**
 * The same match in memory. Time grows with the length of the text times that of the pattern, never faster: there is no
 * regular expression that a hostile pattern could blow up.
 */
export function compileLike(operator: LikeOperator, text: string): (value: string) => boolean {
  const fold = ignoresCase(operator) ? foldCase : (value: string): string => value;
  const wanted = fold(text);
  if (!operator.startsWith('=')) return (value) => fold(value).includes(wanted);
  const pattern = readPattern(wanted);
  return (value) => matches(pattern, [...fold(value)]);
}

/**
 * Lower case as PostgreSQL has it in the collation C.UTF-8: one character for one. JavaScript writes a final sigma and the
 * dotted capital I otherwise; a database with another collation may fold these and a few other letters differently.
 */
function foldCase(text: string): string {
  if (!/[Σİ]/u.test(text)) return text.toLowerCase();
  return text.replaceAll('İ', 'i').replaceAll('Σ', 'σ').toLowerCase();
}

type Token = string | typeof anyText | typeof anyCharacter;
const anyText = Symbol('%');
const anyCharacter = Symbol('_');

function readPattern(pattern: string): readonly Token[] {
  const tokens: Token[] = [];
  const characters = [...pattern];
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index];
    if (character === '%') tokens.push(anyText);
    else if (character === '_') tokens.push(anyCharacter);
    else if (character === '\\') tokens.push(characters[++index] ?? '\\');
    else if (character !== undefined) tokens.push(character);
  }
  return tokens;
}

/** Greedy: after a mismatch only the last `%` needs to take one character more. */
function matches(pattern: readonly Token[], text: readonly string[]): boolean {
  let token = 0;
  let position = 0;
  let lastAny = -1;
  let resumeAt = 0;
  while (position < text.length) {
    const wanted = pattern[token];
    if (wanted === anyText) {
      lastAny = token++;
      resumeAt = position;
    } else if (wanted !== undefined && (wanted === anyCharacter || wanted === text[position])) {
      token++;
      position++;
    } else if (lastAny !== -1) {
      token = lastAny + 1;
      position = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[token] === anyText) token++;
  return token === pattern.length;
}
