import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { recall, remember } from '../parts/remembered.ts';
import type { Messages } from './en.ts';
import { catalogues, type Language, languageOf } from './language.ts';

interface Spoken {
  readonly language: Language;
  /** For `Intl`: with the reader's own region where it is the same language. */
  readonly locale: string;
  readonly text: Messages;
  speak(language: Language): void;
}

const context = createContext<Spoken | null>(null);

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(() => languageOf(recall('language'), navigator.languages));
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const spoken = useMemo<Spoken>(
    () => ({
      language,
      locale: navigator.languages.find((code) => code.startsWith(language)) ?? language,
      text: catalogues[language],
      speak(next) {
        remember('language', next);
        setLanguage(next);
      },
    }),
    [language],
  );
  return <context.Provider value={spoken}>{children}</context.Provider>;
}

export function useSpoken(): Spoken {
  const spoken = useContext(context);
  if (!spoken) throw new Error('there is no LanguageProvider above');
  return spoken;
}

export function useText(): Messages {
  return useSpoken().text;
}
