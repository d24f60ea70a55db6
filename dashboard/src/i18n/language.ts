import { en, type Messages } from './en.ts';
import { es } from './es.ts';

export const catalogues = { en, es } as const satisfies Record<string, Messages>;
export type Language = keyof typeof catalogues;

/** The first language of the reader that the page speaks, else English. @param chosen what was picked before */
export function languageOf(chosen: string | null, preferred: readonly string[]): Language {
  const isKnown = (code: string): code is Language => Object.hasOwn(catalogues, code);
  if (chosen !== null && isKnown(chosen)) return chosen;
  return preferred.map((code) => code.slice(0, 2).toLowerCase()).find(isKnown) ?? 'en';
}
