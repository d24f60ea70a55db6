import { cleanText } from '../events/text.ts';

/** What another program said, on one line without control characters, and at most so many characters of it. */
export function oneLine(text: string, maxLength: number): string {
  // A character has at most two units; what is cut off here could not be shown anyway.
  const plain = cleanText(text.slice(0, maxLength * 4))
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  const characters = [...plain];
  return characters.length > maxLength ? `${characters.slice(0, maxLength - 1).join('')}…` : plain;
}
