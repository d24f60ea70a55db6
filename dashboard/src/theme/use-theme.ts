import { useEffect, useState } from 'react';
import { recall, remember } from '../parts/remembered.ts';

export const themes = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

/** The reader's choice of colours. The style sheet does the rest by `data-theme` and `prefers-color-scheme`. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(() => themes.find((each) => each === recall('theme')) ?? 'auto');
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    // Charts are painted, not styled: they have to be told.
    window.dispatchEvent(new Event('themechange'));
  }, [theme]);
  return [
    theme,
    (next) => {
      remember('theme', next);
      setTheme(next);
    },
  ];
}
