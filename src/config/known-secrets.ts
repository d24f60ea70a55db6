import { Secret } from './secret.ts';

/** Shorter ones would be found in words that have nothing to do with them. */
const minLength = 8;

/**
 * Every secret in what is given, however deep, in the forms in which it could be quoted: as it is, as part of a URL, as
 * JSON. Of an address, its password as well.
 */
export function knownSecrets(holder: unknown): string[] {
  const found = new Set<string>();
  const visit = (value: unknown) => {
    if (value instanceof Secret) for (const text of formsOf(value.reveal())) found.add(text);
    else if (typeof value === 'object' && value !== null)
      for (const part of Object.values(value)) visit(part);
  };
  visit(holder);
  // The longest first, so that no part of it is left when a shorter one was taken out.
  return [...found]
    .filter(({ length }) => length >= minLength)
    .toSorted((one, other) => other.length - one.length);
}

function formsOf(secret: string): string[] {
  const password = URL.parse(secret)?.password ?? '';
  return [secret, password, decoded(password)].flatMap((text) => [
    text,
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
  ]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
