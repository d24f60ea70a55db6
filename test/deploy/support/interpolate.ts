export type Environment = Readonly<Record<string, string | undefined>>;

/** One `${…}` of a compose file. */
export interface Interpolation {
  readonly name: string;
  /** What the file says for the case that the variable is missing. */
  readonly otherwise:
    | { readonly kind: 'default'; readonly text: string }
    | { readonly kind: 'refuse'; readonly message: string }
    | { readonly kind: 'nothing' };
}

const reference = /\$(?:\$|\{([A-Za-z_]\w*)(?:(:?[-?])([^{}$]*))?\}|([A-Za-z_]\w*)|)/g;

/** @throws Error for a `$` that begins none of the forms that our files use */
export function interpolationsOf(text: string): Interpolation[] {
  return [...text.matchAll(reference)].flatMap((match) => read(match, text) ?? []);
}

/**
 * The text as Docker Compose would read it.
 *
 * @throws Error with the message of a required variable that is missing or empty
 */
export function interpolate(text: string, environment: Environment): string {
  return text.replace(reference, (...match) => {
    const found = read(match, text);
    if (found === null) return '$';
    const { name, otherwise } = found;
    const value = environment[name];
    if (value) return value;
    if (otherwise.kind === 'refuse') throw new Error(`${name} is missing: ${otherwise.message}`);
    return otherwise.kind === 'default' ? otherwise.text : '';
  });
}

/** @returns null for `$$`, which stands for one `$` */
function read(match: readonly unknown[], text: string): Interpolation | null {
  const [whole, braced, operator, rest, bare] = match;
  if (whole === '$$') return null;
  const name = braced ?? bare;
  if (typeof name !== 'string') throw new Error(`a $ that begins no known interpolation: ${text}`);
  const tail = typeof rest === 'string' ? rest : '';
  switch (operator) {
    case ':-':
      return { name, otherwise: { kind: 'default', text: tail } };
    case ':?':
      return { name, otherwise: { kind: 'refuse', message: tail } };
    case undefined:
      return { name, otherwise: { kind: 'nothing' } };
    default:
      // `-` and `?` let an empty value through, which is what a line `NAME=` in .env gives.
      throw new Error(`\${${name}${operator}…}: write :${operator}, which takes an empty value as missing`);
  }
}
