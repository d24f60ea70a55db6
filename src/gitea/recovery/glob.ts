/** More alternatives than this are no filter that somebody wrote. */
const maxAlternatives = 256;

/** What stands for one character, or `any` for any text. */
type Token = 'any' | ((char: string) => boolean);

/**
 * Whether a text fits a pattern of Gitea's branch filters, which are those of github.com/gobwas/glob without
 * separators: `*` and `**` stand for any text, `?` for a character, `[a-z]` and `[!abc]` for one of a class, `{a,b*}`
 * for alternatives, `\` takes the next character as it is. Null for a pattern that is none.
 *
 * No regular expression: names of branches are anybody's, and such patterns can make one try for minutes.
 */
export function matchesGlob(pattern: string, text: string): boolean | null {
  const alternatives = expand(pattern);
  const tokens = alternatives?.map(tokensOf);
  if (!tokens || tokens.includes(null)) return null;
  const chars = [...text];
  return tokens.some((each) => each !== null && fits(each, chars));
}

/** The pattern without braces, once for each choice. */
function expand(pattern: string): string[] | null {
  const open = find(pattern, 0, '{}');
  if (open === null) return [pattern];
  if (pattern[open] === '}') return null;
  const parts: string[] = [];
  let depth = 1;
  let from = open + 1;
  for (let at = find(pattern, from, '{,}'); at !== null; at = find(pattern, at + 1, '{,}')) {
    if (pattern[at] === '{') depth++;
    else if (pattern[at] === '}') depth--;
    if (depth > 1 || pattern[at] === '{' || (pattern[at] === '}' && depth === 1)) continue;
    parts.push(pattern.slice(from, at));
    from = at + 1;
    if (depth > 0) continue;
    const expanded: string[] = [];
    for (const part of parts) {
      const rest = expand(pattern.slice(0, open) + part + pattern.slice(at + 1));
      if (!rest || expanded.length + rest.length > maxAlternatives) return null;
      expanded.push(...rest);
    }
    return expanded;
  }
  return null;
}

/** The next of these characters that stands for itself, not behind a backslash nor in a class. */
function find(pattern: string, from: number, chars: string): number | null {
  for (let at = from; at < pattern.length; at++) {
    const char = pattern.charAt(at);
    if (chars.includes(char)) return at;
    if (char === '\\') at++;
    if (char !== '[') continue;
    const end = pattern.indexOf(']', at + 2);
    if (end < 0) return null;
    at = end;
  }
  return null;
}

function tokensOf(pattern: string): Token[] | null {
  const tokens: Token[] = [];
  const chars = [...pattern];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at];
    if (char === '*') tokens.push('any');
    else if (char === '?') tokens.push(() => true);
    else if (char === '[') {
      const end = chars.indexOf(']', at + 2);
      const isOfClass = end < 0 ? null : classOf(chars.slice(at + 1, end));
      if (isOfClass === null) return null;
      tokens.push(isOfClass);
      at = end;
    } else {
      const literal = char === '\\' ? chars[++at] : char;
      tokens.push((other) => other === literal);
    }
  }
  return tokens;
}

function classOf(inside: readonly string[]): ((char: string) => boolean) | null {
  const negated = inside[0] === '!';
  const members = negated ? inside.slice(1) : inside;
  const [from, dash, to] = members;
  if (members.length === 3 && dash === '-' && from !== undefined && to !== undefined) {
    return from > to ? null : (char) => (char >= from && char <= to) !== negated;
  }
  return (char) => members.includes(char) !== negated;
}

/** From left to right; where it fails, the last `any` takes one character more. */
function fits(tokens: readonly Token[], chars: readonly string[]): boolean {
  let token = 0;
  let any: { readonly token: number; at: number } | null = null;
  for (let at = 0; at < chars.length; ) {
    const expected = tokens[token];
    if (expected === 'any') {
      any = { token, at };
      token++;
    } else if (expected?.(chars[at] ?? '')) {
      token++;
      at++;
    } else if (any) {
      any.at++;
      at = any.at;
      token = any.token + 1;
    } else {
      return false;
    }
  }
  return tokens.slice(token).every((rest) => rest === 'any');
}
