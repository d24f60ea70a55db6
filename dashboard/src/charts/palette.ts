import { withAlpha } from './color.ts';

/** The colours of the style sheet, as a canvas takes them. */
export interface Palette {
  readonly text: string;
  readonly faint: string;
  readonly grid: string;
  readonly accent: string;
  readonly good: string;
  readonly warn: string;
  readonly bad: string;
  readonly quiet: string;
  /** The accent with some of it taken away. @param share 0 to 1 */
  readonly shade: (share: number) => string;
}

/** A custom property can hold `light-dark()`; only an element that uses it says which of the two it is. */
export function readPalette(): Palette {
  const probe = document.createElement('span');
  probe.hidden = true;
  document.body.append(probe);
  const read = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const accent = read('accent');
  const palette = {
    text: read('text'),
    faint: read('faint'),
    grid: read('line'),
    accent,
    good: read('good'),
    warn: read('warn'),
    bad: read('bad'),
    quiet: read('quiet'),
    shade: (share: number) => withAlpha(accent, share),
  };
  probe.remove();
  return palette;
}
